// What a browser keeps of forms that were not sent, for two weeks.
const DAYS = 14;

export const forget = (key) => localStorage.removeItem(key);
export const write = (key, entries) => localStorage.setItem(key, JSON.stringify({ at: Date.now(), entries }));
export function read(key) {
  const saved = JSON.parse(localStorage.getItem(key) ?? "null");
  return saved?.entries && Date.now() - saved.at < DAYS * 864e5 ? saved.entries : null;
}
