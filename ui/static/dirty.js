// Asks before leaving a form whose entries are not saved.
const changed = new Set();
const watched = target => target.closest?.('form[data-dirty]');

document.addEventListener('input', event => {
  const form = watched(event.target);
  if (form) changed.add(form);
});
document.addEventListener('submit', event => {
  if (watched(event.target)) changed.clear();
});
document.addEventListener('click', event => {
  if (event.target.closest('[data-discard]')) changed.clear();
});
// A form that draft.js draws again is the same form to its reader.
document.addEventListener('tessera:swap', event => {
  if (changed.size && watched(event.detail)) changed.add(watched(event.detail));
});
addEventListener('beforeunload', event => {
  for (const form of changed) if (form.isConnected) event.preventDefault();
});
