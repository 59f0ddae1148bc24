// A provider of translations, speech recognition and moderation, by the contract in docs/providers.md. What it does depends on what
// it is asked, so that it serves all test files at once.

import { createServer } from 'node:http';
import { sizeOf } from './media.js';

/** What the server shows to the provider. */
export const PROVIDER_TOKEN = 'e2e-provider';

/** Pictures so wide are rejected. */
export const REJECTED_WIDTH = 13;

const LANGUAGES = [
  { code: 'en', name: 'English', nativeName: 'English' },
  { code: 'zh-Hans', name: 'Chinese Simplified', nativeName: '中文 (简体)' },
];

/** Texts and recordings that begin with one of these words meet trouble. */
const TROUBLE = {
  'fails:': (answer) => answer(500, { error: 'unknown_language' }),
  'limited:': (answer) => answer(429, { error: 'limit' }),
  'nonsense:': (answer) => answer(200, { what: 'is this' }),
  'endless:': (answer) => answer(200, { text: 'x'.repeat(2_000_000) }),
  'silent:': () => {},
  'invalid:': (answer) => answer(400, { error: 'invalid_audio' }),
  'long:': (answer) => answer(400, { error: 'audio_too_long' }),
};

function translate({ text, to }, answer) {
  if (to.some((code) => !LANGUAGES.some((language) => language.code === code)))
    return answer(400, { error: 'unknown_language' });
  return answer(200, {
    translations: to.map((code) => ({ to: code, text: `${code}: ${text}` })),
    detected: { language: 'en', score: 0.5 },
  });
}

/** Judges by words of the text, the width of the picture, or what the recording says. */
async function moderate({ kind, text, url }) {
  const pass = { result: 'PASS' };
  if (kind === 'text') {
    if (text.includes('wicked')) return { result: 'REJECT', risk_type: 'abuse', risk_detail: 'a word', words: ['wicked'] };
    if (text.includes('awful')) return { result: 'REJECT', risk_type: 'abuse' };
    if (text.includes('odd')) return { result: 'REVIEW', risk_type: 'unclear' };
    return pass;
  }
  const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
  if (kind === 'image') {
    const [width] = sizeOf(bytes);
    return width === REJECTED_WIDTH ? { result: 'REJECT', risk_type: 'porn', risk_detail: 'a picture' } : pass;
  }
  return bytes.includes('wicked') ? { result: 'REJECT', risk_type: `${kind}-abuse` } : pass;
}

async function serve(request, response) {
  const answer = (status, body) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (request.headers.authorization !== `Bearer ${PROVIDER_TOKEN}`) return answer(401, { error: 'unauthorized' });
  const url = new URL(request.url, 'http://provider');
  const isSpeech = url.pathname === '/v1/recognize';
  const said = isSpeech ? body.toString('utf8') : (JSON.parse(body.length ? body : '{}').text ?? '');
  const trouble = Object.keys(TROUBLE).find((word) => said.startsWith(word));
  if (trouble) return TROUBLE[trouble](answer);
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /v1/languages':
      return answer(200, { languages: LANGUAGES });
    case 'POST /v1/translate':
      return translate(JSON.parse(body), answer);
    case 'POST /v1/detect':
      return answer(200, { language: 'en', score: 0.5 });
    case 'POST /v1/moderate':
      return answer(200, await moderate(JSON.parse(body)));
    case 'POST /v1/recognize': {
      const { app, ...audio } = Object.fromEntries(url.searchParams);
      return answer(200, { text: JSON.stringify({ app, audio, type: request.headers['content-type'], said }) });
    }
    default:
      return answer(404, { error: 'no_such_path' });
  }
}

/** Starts it; gives the settings of a server that uses it, and a way to stop it. */
export async function startProvider() {
  const http = createServer((request, response) => void serve(request, response));
  await new Promise((listening) => http.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${http.address().port}/v1`;
  const section = (name) => ({
    [`HONGYAN_${name}__URL`]: url,
    [`HONGYAN_${name}__TOKEN`]: PROVIDER_TOKEN,
    // Shorter than the SDK's own patience.
    [`HONGYAN_${name}__TIMEOUT_SECONDS`]: '5',
  });
  return {
    settings: {
      ...section('TRANSLATION'),
      ...section('SPEECH'),
      ...section('MODERATION'),
      // For a machine that is busy.
      HONGYAN_MODERATION__TEXT_TIMEOUT_MS: '5000',
      HONGYAN_MODERATION__IMAGE_TIMEOUT_MS: '6000',
    },
    stop() {
      http.closeAllConnections();
      http.close();
    },
  };
}
