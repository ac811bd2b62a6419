// What pages do better with a script. Everything here has a way without: links to whole pages, forms that are sent.
(() => {
  'use strict';
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  // Copy buttons are of no use without a script, so the server sends them hidden.
  const canCopy = Boolean(navigator.clipboard);
  function prepare(root) {
    if (canCopy) for (const button of all('[data-copy]', root)) button.hidden = false;
  }

  async function copy(button) {
    const text = button.closest('[data-copy-source]')?.querySelector('[data-copy-text]')?.textContent;
    if (!text) return;
    const word = button.dataset.word ?? button.textContent;
    button.dataset.word = word;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Not copied';
    }
    say(button.textContent);
    setTimeout(() => { button.textContent = word; }, 2000);
  }

  // One polite region speaks for what sighted people see change.
  let speaker;
  function say(words) {
    if (!speaker) {
      speaker = document.createElement('p');
      speaker.className = 'hidden-words';
      speaker.setAttribute('role', 'status');
      document.body.append(speaker);
    }
    speaker.textContent = '';
    setTimeout(() => { speaker.textContent = words; }, 50);
  }

  // What a page of its own asks is asked here, in a dialog. Where that page says something else, because there is nothing left
  // to ask or one is signed out, one is led to it.
  async function ask(opener) {
    if (opener.dataset.asks === 'asking') return;
    opener.dataset.asks = 'asking';
    const words = await fetch(opener.href, { credentials: 'same-origin' }).then((answer) => answer.text()).catch(() => '');
    opener.dataset.asks = '';
    const question = new DOMParser().parseFromString(words, 'text/html').querySelector('[data-question]');
    if (!question) return location.assign(opener.href);
    const title = Object.assign(document.createElement('h2'), { id: 'question', textContent: question.querySelector('h1').textContent });
    question.querySelector('h1').replaceWith(title);
    // It opens on Cancel: else a second press of Enter would do what nobody has read the question of.
    const cancel = Object.assign(document.createElement('button'), { type: 'button', className: 'button button-quiet', textContent: 'Cancel', autofocus: true });
    cancel.dataset.dialogClose = '';
    question.querySelector('.submit-row > a').replaceWith(cancel);
    const dialog = Object.assign(document.createElement('dialog'), { className: 'dialog' });
    dialog.setAttribute('aria-labelledby', 'question');
    dialog.append(...question.childNodes);
    dialog.addEventListener('close', () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  function closeMenus(except) {
    for (const open of all('details.menu[open]')) {
      if (!open.contains(except)) open.open = false;
    }
  }

  document.addEventListener('click', (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    closeMenus(target);
    const copier = target.closest('[data-copy]');
    if (copier) return void copy(copier);
    const opener = target.closest('[data-asks]');
    if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      return void ask(opener);
    }
    if (target.closest('[data-dialog-close]') || target instanceof HTMLDialogElement) target.closest('dialog')?.close();
    const number = target.closest('.line-number');
    if (number && event.shiftKey && range()) {
      event.preventDefault();
      const [from, to] = [range()[0], Number(number.dataset.line)].sort((a, b) => a - b);
      history.replaceState(null, '', `#L${from}-L${to}`);
      markLines();
    }
  });

  document.addEventListener('mouseover', (event) => {
    const scope = event.target instanceof Element && event.target.closest('.scope:not([title])');
    const meaning = scope && document.getElementById(scope.getAttribute('popovertarget'));
    if (meaning) scope.title = meaning.querySelector('[data-meaning]').textContent;
  });

  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      const open = document.activeElement?.closest('details.menu[open]');
      closeMenus(null);
      open?.querySelector('summary')?.focus();
    }
    const typing = event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable]');
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.querySelector('[data-search]');
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    }
  });

  // The theme changes at once; the server is told in the background, so that the next page is right from its first paint.
  document.addEventListener('submit', (event) => {
    const form = event.target;
    const button = event.submitter;
    if (!(form instanceof HTMLFormElement) || !form.matches('[data-theme-switch]') || !button) return;
    event.preventDefault();
    if (button.value === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = button.value;
    for (const each of all('button[name=theme]', form)) each.setAttribute('aria-pressed', String(each === button));
    const body = new URLSearchParams(new FormData(form));
    body.set('theme', button.value);
    fetch(form.action, { method: 'POST', body, redirect: 'manual', credentials: 'same-origin' }).catch(() => {});
  });

  // A key that is being made is read back by the server after every change; without a script a button asks for it.
  const reader = document.querySelector('[data-read-back-button]');
  if (reader?.form) {
    const { form } = reader;
    reader.hidden = true;
    let latest = 0;
    let timer;
    // Instead of the key comes another page where one is signed out or has to confirm anew, and nothing without a network.
    function notCurrent() {
      const shown = document.querySelector('[data-read-back]');
      if (!shown || shown.querySelector('[data-not-current]')) return;
      const words = document.createElement('p');
      words.dataset.notCurrent = '';
      words.append(Object.assign(document.createElement('strong'), { textContent: 'Not current: ' }));
      words.append('your last changes could not be read back. You may have to sign in or to confirm that it is you: going on asks for it.');
      shown.prepend(words);
      say(words.textContent);
    }
    form.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const asked = ++latest;
        const body = new URLSearchParams(new FormData(form, reader));
        const answer = await fetch(form.action, { method: 'POST', body, credentials: 'same-origin' }).catch(() => undefined);
        const read = answer && new DOMParser().parseFromString(await answer.text(), 'text/html');
        if (asked !== latest) return;
        const shown = read?.querySelector('[data-read-back]');
        if (!shown) return notCurrent();
        document.querySelector('[data-read-back]')?.replaceWith(shown);
        // What each folded part says it holds follows, too.
        const summaries = all('.part > summary > .quiet', read);
        for (const [index, each] of all('.part > summary > .quiet').entries()) each.textContent = summaries[index]?.textContent ?? '';
      }, 250);
    });
  }

  function range() {
    const found = /^#L(\d+)(?:-L(\d+))?$/.exec(location.hash);
    return found && [Number(found[1]), Number(found[2] ?? found[1])];
  }
  function markLines() {
    for (const line of all('.line.marked')) line.classList.remove('marked');
    const lines = range();
    if (!lines || lines[0] === lines[1]) return;
    for (let number = lines[0]; number <= lines[1]; number++) {
      const line = document.getElementById(`L${number}`);
      if (!line) break;
      line.classList.add('marked');
      if (number === lines[0]) line.scrollIntoView({ block: 'center' });
    }
  }
  addEventListener('hashchange', markLines);

  prepare(document);
  markLines();
  // At phone width the tabs are wider than the window: the one that one is on comes into view. Not by scrollIntoView(),
  // which also moves the place from which the first Tab goes on: it would pass over everything above.
  const strip = document.querySelector('.tabs');
  const tab = strip?.querySelector('[aria-current]');
  if (tab) {
    const hidden = tab.getBoundingClientRect().right - strip.getBoundingClientRect().right;
    if (hidden > 0) strip.scrollLeft += hidden;
  }
})();
