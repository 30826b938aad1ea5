// What the test says on standard input, and a clock that goes wrong by so many milliseconds.
export const said = async () => {
  let text = '';
  for await (const part of process.stdin) text += part;
  return JSON.parse(text, (name, value) => (name === 'timestamp' ? new Date(value) : value));
};

export const shiftClock = (shift) => {
  if (!shift) return;
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + shift); }
    static now() { return Real.now() + shift; }
  };
};
