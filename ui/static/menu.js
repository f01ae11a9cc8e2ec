// Closes unfolded menus on a click elsewhere and on Escape.
const open = () => document.querySelectorAll('details[data-menu][open]');

document.addEventListener('pointerdown', event => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  for (const menu of open()) {
    menu.open = false;
    menu.querySelector('summary').focus();
  }
});
