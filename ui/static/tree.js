// A tree of fields: the box above it finds among them, and a relation of which only
// fields behind it are chosen shows so.
function setUp(tree) {
  const find = tree.querySelector('[data-tree-find]');
  for (const box of tree.querySelectorAll('[data-mixed]')) box.indeterminate = !box.checked;
  find?.addEventListener('input', () => narrow(tree, find.value.trim().toLowerCase()));
}

function narrow(tree, words) {
  for (const label of tree.querySelectorAll('.tree-box')) label.hidden = words && !label.textContent.toLowerCase().includes(words);
  for (const folded of tree.querySelectorAll('details')) {
    const inside = folded.querySelector('.tree-box:not([hidden])');
    folded.hidden = !inside;
    if (words && inside) folded.open = true;
  }
  for (const group of tree.querySelectorAll('.tg')) group.hidden = !group.querySelector('.tree-box:not([hidden])');
}

document.addEventListener('change', event => {
  const details = event.target.closest?.('.tree-rel');
  const box = details?.previousElementSibling?.querySelector('input');
  if (box) box.indeterminate = !box.checked && Boolean(details.querySelector('input:checked'));
});

const start = root => [...root.querySelectorAll('[data-tree]')].forEach(setUp);
start(document);
document.addEventListener('tessera:swap', event => start(event.detail));
