const goose = 'M0 0c7-2 12.5-.5 16.5 4.5C20.5-3 27-6.5 36-6.3 28.5-3.5 24-.2 21 9.5c-1.5 1.3-3.5 1.5-5.5.5C14 5 8.5 1 0 0z';
/** x, y, scale */
const formation = [
  [330, 86, 1.5],
  [290, 108, 1.2],
  [254, 128, 1],
  [384, 112, 1.2],
  [422, 136, 1],
] as const;

/** Geese above hills: the picture beside the login. */
export function Skyline() {
  return (
    <svg className="skyline" viewBox="0 0 600 320" aria-hidden="true" preserveAspectRatio="xMidYMax slice">
      <circle cx="452" cy="196" r="44" fill="#ffb45c" />
      <g fill="#fff" fillOpacity="0.9">
        {formation.map(([x, y, scale]) => (
          <path key={x} d={goose} transform={`translate(${x} ${y}) scale(${scale})`} />
        ))}
      </g>
      <path d="M0 246c90-46 170-40 250-8s170 30 350-34v116H0z" fill="#1d4583" />
      <path d="M0 276c120-40 210-22 310 4s200 6 290-26v66H0z" fill="#15376c" />
      <path d="M0 302c150-22 260-14 360 0s170-2 240-14v32H0z" fill="#0f2a55" />
    </svg>
  );
}
