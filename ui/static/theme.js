// Makes the theme change at once; the form's POST, which keeps it, follows.
document.addEventListener('submit', event => {
  const form = event.target.closest('[data-theme-form]');
  if (!form || !event.submitter) return;
  event.preventDefault();
  const theme = event.submitter.value;
  const root = document.documentElement;
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  for (const button of document.querySelectorAll('[data-theme-form] [aria-pressed]')) {
    button.setAttribute('aria-pressed', String(button.value === theme));
  }
  fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form, event.submitter)), redirect: 'manual' });
});
