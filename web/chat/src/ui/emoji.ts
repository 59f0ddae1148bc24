const smileys =
  '😀 😃 😄 😁 😆 😅 🤣 😂 🙂 🙃 😉 😊 😇 🥰 😍 🤩 😘 😗 😚 😙 😋 😛 😜 🤪 😝 🤗 🤭 🤫 🤔 🤐 🤨 😐 😑 😶 😏 😒 🙄 😬 😌 😔 😪 🤤 😴 😷 🤒 🤕 🤢 🤧 🥵 🥶 😵 🤯 🤠 🥳 😎 🤓 🧐 😕 😟 🙁 😮 😲 😳 🥺 😨 😰 😥 😢 😭 😱 😖 😞 😓 😩 😫 🥱 😤 😡 😠 🤬 😈 💀 💩 🤡 👻 👽 🤖 😺 😸 😹 😻 🙈 🙉 🙊';
const gestures =
  '👍 👎 👌 🤌 ✌️ 🤞 🤟 🤘 🤙 👈 👉 👆 👇 ☝️ 👋 🤚 ✋ 🖖 👏 🙌 👐 🤲 🤝 🙏 ✊ 👊 🤛 🤜 💪 🫶 👀 🙋 🙆 🙅 🤷 🤦 🙇 🏃 💃 🕺';
const hearts = '❤️ 🧡 💛 💚 💙 💜 🖤 🤍 🤎 💔 💕 💞 💓 💗 💖 💘 💝 💟 💌 💯 💢 💥 💫 💦';
const nature =
  '🐶 🐱 🐭 🐹 🐰 🦊 🐻 🐼 🐨 🐯 🦁 🐮 🐷 🐸 🐵 🐔 🐧 🐦 🦆 🦢 🪿 🦉 🐴 🦄 🐝 🦋 🐢 🐬 🐳 🌸 🌹 🌻 🌷 🌱 🌲 🍀 🍁 🍂 🌙 ⭐ 🌟 ✨ ⚡ 🔥 🌈 ☀️ ⛅ 🌧️ ❄️ 🌊';
const food =
  '🍎 🍐 🍊 🍋 🍌 🍉 🍇 🍓 🍒 🍑 🥭 🍍 🥝 🍅 🥑 🌽 🍞 🥐 🧀 🍳 🥓 🍔 🍟 🍕 🌭 🌮 🥗 🍜 🍝 🍣 🍱 🥟 🍚 🍦 🍰 🎂 🍫 🍬 ☕ 🍵 🧋 🍺 🍻 🥂 🍷';
const things =
  '🎉 🎊 🎈 🎁 🏆 🥇 ⚽ 🏀 🏐 🎾 🏓 🏸 🎮 🎲 🎯 🎤 🎧 🎸 🎹 🎬 📷 💻 📱 ⌚ 💡 📚 📝 📌 📎 ✏️ 🔑 🔒 🔔 ⏰ 💰 🧧 🏮 🚀 ✈️ 🚗 🚲 🏠 🏖️ ✅ ❌ ❓ ❗ 💤';

export const emojiSections = (
  [
    ['smileys', smileys],
    ['gestures', gestures],
    ['hearts', hearts],
    ['nature', nature],
    ['food', food],
    ['things', things],
  ] as const
).map(([name, emoji]) => ({ name, emoji: emoji.split(' ') }));
