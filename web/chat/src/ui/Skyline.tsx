/** The login picture: geese in formation over hills at dusk. */
export function Skyline() {
  return (
    <svg
      className="skyline"
      viewBox="0 0 800 900"
      preserveAspectRatio="xMidYMax slice"
      aria-hidden="true"
      focusable="false"
    >
      <defs>
        <linearGradient id="skyline-sky" x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor="var(--sky-1)" />
          <stop offset="0.55" stopColor="var(--sky-2)" />
          <stop offset="0.82" stopColor="var(--sky-3)" />
        </linearGradient>
        <radialGradient id="skyline-glow">
          <stop offset="0" stopColor="var(--sun)" stopOpacity="0.55" />
          <stop offset="1" stopColor="var(--sun)" stopOpacity="0" />
        </radialGradient>
        <path
          id="goose"
          d="M0 0c7-2 12.5-.5 16.5 4.5C20.5-3 27-6.5 36-6.3 28.5-3.5 24-.2 21 9.5c-1.5 1.3-3.5 1.5-5.5.5C14 5 8.5 1 0 0z"
        />
      </defs>
      <rect width="800" height="900" fill="url(#skyline-sky)" />
      <circle cx="560" cy="560" r="260" fill="url(#skyline-glow)" />
      <circle cx="560" cy="560" r="74" fill="var(--sun)" />
      <g fill="var(--geese)">
        <use href="#goose" transform="translate(470 250) scale(1.9)" />
        <use href="#goose" transform="translate(392 296) scale(1.5)" />
        <use href="#goose" transform="translate(322 338) scale(1.3)" />
        <use href="#goose" transform="translate(262 376) scale(1.1)" />
        <use href="#goose" transform="translate(560 306) scale(1.5)" />
        <use href="#goose" transform="translate(626 352) scale(1.25)" />
        <use href="#goose" transform="translate(684 392) scale(1.05)" />
      </g>
      <path d="M0 690c90-60 170-70 260-20s160 40 250-20 190-70 290-10v260H0z" fill="var(--hill-1)" />
      <path d="M0 760c110-50 210-40 310 0s200 50 300 5 130-40 190-25v160H0z" fill="var(--hill-2)" />
      <path d="M0 835c140-35 260-20 390 0s270 15 410-20v85H0z" fill="var(--hill-3)" />
    </svg>
  );
}
