// Counts ticked rows, ticks all of the page, and shows the bulk actions only
// where something is ticked.
function setUp(form) {
  form.querySelector('[data-select-all]').hidden = false;
  form.querySelector('[data-count]').hidden = false;
  update(form);
}

function update(form) {
  const boxes = [...form.querySelectorAll('.c-sel input[name]')];
  const ticked = boxes.filter(box => box.checked).length;
  const all = form.querySelector('[data-select-all]');
  all.checked = ticked === boxes.length;
  all.indeterminate = ticked > 0 && ticked < boxes.length;
  form.querySelector('[data-count]').value = ticked;
  const bar = form.querySelector('[data-bulk]');
  bar.hidden = ticked === 0;
  bar.classList.toggle('live', ticked > 0);
  const matching = form.querySelector('[data-all]');
  if (matching && ticked < boxes.length) matching.checked = false;
}

const start = root => root.querySelectorAll('form[data-select]').forEach(setUp);
start(document);
document.addEventListener('tessera:swap', event => start(event.detail));
addEventListener('pageshow', () => start(document)); // back: the browser ticks again

document.addEventListener('change', event => {
  const form = event.target.closest('form[data-select]');
  if (!form) return;
  if (event.target.matches('[data-select-all], [data-all]')) {
    const on = event.target.checked;
    if (on || event.target.matches('[data-select-all]')) {
      form.querySelectorAll('.c-sel input[name]').forEach(box => { box.checked = on; });
    }
  }
  update(form);
});
