// Shows the copy buttons and makes them copy what data-copy points at.
const show = root => root.querySelectorAll('[data-copy]').forEach(button => { button.hidden = false; });

if (navigator.clipboard) {
  show(document);
  document.addEventListener('tessera:swap', event => show(event.detail));
}

document.addEventListener('click', async event => {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  await navigator.clipboard.writeText(source.value ?? source.textContent);
  const use = button.querySelector('use');
  const before = use.getAttribute('href');
  use.setAttribute('href', before.replace(/#.*/, '#check'));
  document.querySelector('[data-live]').textContent = button.dataset.done;
  setTimeout(() => use.setAttribute('href', before), 1500);
});
