// How a person finds things on a page: by the words on or beside them.
const clickable = 'a[href], button, summary, label, input[type=submit], input[type=button], input[type=reset],' +
  'input[type=image], input[type=checkbox], input[type=radio], [role=button], [role=link], [role=menuitem],' +
  '[role=menuitemcheckbox], [role=menuitemradio], [role=option], [role=tab], [role=switch]';
const fields = 'input:not([type=hidden]):not([type=submit]):not([type=button]):not([type=reset]):not([type=image]), textarea, select, [contenteditable=true]';

const squeeze = s => s.replace(/\s+/g, ' ').trim();

// words is the text of an element without what is hidden from people or from assistive technology.
function words(el, skip) {
  let s = '';
  for (const n of el.childNodes) {
    if (n.nodeType === Node.TEXT_NODE) s += n.data;
    if (n.nodeType !== Node.ELEMENT_NODE || n === skip || n.ariaHidden === 'true') continue;
    const display = getComputedStyle(n).display;
    if (display === 'none' || n.matches('select, script, style, template')) continue;
    const t = n.matches('img') ? n.alt : words(n, skip);
    s += display.startsWith('inline') ? t : ' ' + t + ' ';
  }
  return s;
}

// nameOf follows the order of the accessible name computation, as far as our pages need it.
function nameOf(el) {
  const by = (el.getAttribute('aria-labelledby') || '').split(/\s+/).filter(Boolean)
    .map(id => document.getElementById(id)).filter(Boolean);
  if (by.length) return squeeze(by.map(e => words(e)).join(' '));
  if (el.ariaLabel) return squeeze(el.ariaLabel);
  if (el.labels && el.labels.length) return squeeze([...el.labels].map(l => words(l, el)).join(' '));
  if (el.matches('input[type=submit], input[type=button], input[type=reset]')) return squeeze(el.value);
  if (el.matches('input, textarea, select')) return squeeze(el.placeholder || el.title || '');
  return squeeze(words(el)) || squeeze(el.title || '');
}

const has = el => [...el.getClientRects()].find(r => r.width > 1 && r.height > 1);
const opaque = el => el.checkVisibility({visibilityProperty: true, opacityProperty: true});
const shown = el => !!has(el) && el.checkVisibility({visibilityProperty: true});

// face is what a person aims at: the element, or its label where the element itself is not to be seen.
function face(el) {
  if (has(el) && opaque(el)) return el;
  for (const l of el.labels || []) if (shown(l)) return l;
  return shown(el) ? el : null;
}

// scope is the page, or the dialog that is in front of it.
function scope() {
  const open = [...document.querySelectorAll('dialog:modal')].filter(shown);
  return open.length ? open[open.length - 1] : document;
}

const isSelector = s => /^(#|\.|\[|css:)/.test(s);
const bySelector = s => [...document.querySelectorAll(s.replace(/^css:/, ''))];

// rank says how well a name fits what was asked for: 0 exactly … 3 somewhere inside, -1 not.
function rank(name, wanted) {
  const n = name.toLowerCase(), w = wanted.toLowerCase();
  if (name === wanted) return 0;
  if (n === w) return 1;
  if (n.startsWith(w)) return 2;
  return n.includes(w) ? 3 : -1;
}

const list = els => [...new Set(els.map(e => '“' + nameOf(e).slice(0, 60) + '”'))].slice(0, 40).join(', ');

// choose returns {el} or {why}.
function choose(wanted, kinds, what) {
  if (isSelector(wanted)) {
    const el = bySelector(wanted).find(face);
    return el ? {el} : {why: 'nothing to be seen matches ' + wanted};
  }
  const all = [...scope().querySelectorAll(kinds)].filter(face);
  let best = [];
  for (let r = 0; r < 4 && !best.length; r++) best = all.filter(e => rank(nameOf(e), wanted) === r);
  if (!best.length && kinds === fields) best = all.filter(e => e.name === wanted || e.id === wanted);
  best = best.filter(e => !best.some(o => o !== e && (e.contains(o) || e.control === o)));
  if (!best.length) return {why: `there is no ${what} “${wanted}”; there are: ${list(all) || 'none'}`};
  const same = best.every(e => e.href && e.href === best[0].href);
  if (best.length > 1 && !same) return {why: `${best.length} things are called “${wanted}”: ${list(best)}`};
  return {el: best[0]};
}

// click returns where to press for what carries the words, or why that is impossible.
function click(wanted) {
  const {el, why} = choose(wanted, clickable, 'link or button');
  return el ? point(el, wanted) : {why};
}

function point(el, wanted) {
  if (el.disabled || el.ariaDisabled === 'true') return {why: `“${wanted}” is disabled`};
  const target = face(el);
  target.scrollIntoView({block: 'center', inline: 'nearest', behavior: 'instant'});
  const r = has(target), x = r.left + r.width / 2, y = r.top + r.height / 2;
  const hit = document.elementFromPoint(x, y);
  const on = hit && (target.contains(hit) || [...(el.labels || [])].some(l => l.contains(hit)));
  if (!on) return {why: `“${wanted}” is covered by ${hit ? hit.outerHTML.slice(0, 120) : 'nothing, it is outside the window'}`};
  return {x, y};
}

// enter puts the cursor into a field and says whether its value can be typed.
function enter(wanted) {
  const {el, why} = choose(wanted, fields, 'field');
  if (!el) return {why};
  if (el.disabled || el.readOnly) return {why: `“${wanted}” cannot be changed`};
  el.scrollIntoView({block: 'center', behavior: 'instant'});
  el.focus();
  if (el.isContentEditable) getSelection().selectAllChildren(el);
  else if (el.select) el.select();
  if (document.activeElement !== el) return {why: `“${wanted}” does not take the cursor`};
  return {typed: el.isContentEditable || el.matches('textarea, input:not([type=date]):not([type=time]):not([type=datetime-local]):not([type=month]):not([type=week]):not([type=color]):not([type=range])')};
}

// put sets the value of a field whose picker cannot be reached from here.
function put(value) {
  const el = document.activeElement;
  el.value = value;
  el.dispatchEvent(new Event('input', {bubbles: true}));
  el.dispatchEvent(new Event('change', {bubbles: true}));
  return el.value === value ? {} : {why: `the field does not take “${value}”`};
}

// pick selects an option by its words or value.
function pick(wanted, option) {
  const {el, why} = choose(wanted, 'select', 'list');
  if (!el) return {why};
  if (el.disabled) return {why: `“${wanted}” is disabled`};
  const options = [...el.options];
  const o = options.find(o => squeeze(o.label) === option) || options.find(o => o.value === option);
  if (!o) return {why: `“${wanted}” offers no “${option}”; it offers: ${options.map(o => o.label).join(', ')}`};
  el.focus();
  if (el.multiple) o.selected = true; else el.value = o.value;
  el.dispatchEvent(new Event('input', {bubbles: true}));
  el.dispatchEvent(new Event('change', {bubbles: true}));
  return {};
}

const ticks = 'input[type=checkbox], input[type=radio], [role=switch], [role=checkbox], [role=radio]';
const ticked = el => 'checked' in el ? el.checked : el.ariaChecked === 'true';

// tick returns where to press so that a box gets the state, {} when it has it.
function tick(wanted, on) {
  const {el, why} = choose(wanted, ticks, 'box');
  if (!el) return {why};
  return ticked(el) === on ? {} : point(el, wanted);
}

function isTicked(wanted) {
  const {el, why} = choose(wanted, ticks, 'box');
  return el ? {on: ticked(el)} : {why};
}

function valueOf(wanted) {
  const {el, why} = choose(wanted, fields, 'field');
  return el ? {value: el.isContentEditable ? el.innerText : el.value} : {why};
}

// submit aims at the button that sends the form the cursor is in, else the first form that posts.
function submit() {
  const at = document.activeElement && document.activeElement.form;
  const form = at || [...scope().querySelectorAll('form')].find(f => f.method === 'post' && shown(f)) || scope().querySelector('form');
  if (!form) return {why: 'there is no form'};
  const button = [...form.elements].find(e => e.type === 'submit' && face(e));
  return button ? point(button, nameOf(button)) : {why: 'the form has no button that sends it'};
}

// seen says whether a selector or a text is to be seen.
function seen(wanted) {
  if (isSelector(wanted)) return bySelector(wanted).some(shown);
  return squeeze(document.body ? document.body.innerText : '').includes(squeeze(wanted));
}
