// What every page needs, with a circuit or without: the theme, and a few buttons. Loaded before the first paint.
(() => {
  const key = 'multitalk-theme';
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');

  const chosen = () => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };

  const apply = () => {
    root.dataset.theme = chosen() ?? (system.matches ? 'dark' : 'light');
  };

  const toggle = () => {
    const next = root.dataset.theme === 'dark' ? 'light' : 'dark';
    try {
      // Somebody who chooses what the system says goes on following the system.
      if (next === (system.matches ? 'dark' : 'light')) localStorage.removeItem(key);
      else localStorage.setItem(key, next);
    } catch {
      // Not remembered then.
    }
    root.dataset.theme = next;
  };

  apply();
  system.addEventListener('change', apply);
  addEventListener('storage', apply);

  addEventListener('click', event => {
    const target = event.target.closest('[data-theme-toggle], [data-reload], [data-focus]');
    if (!target) return;
    if ('themeToggle' in target.dataset) {
      toggle();
    } else if ('reload' in target.dataset) {
      location.reload();
    } else {
      event.preventDefault();
      event.stopPropagation();
      document.getElementById(target.dataset.focus)?.focus();
    }
  }, true);

  // The server does not know this page any more, after a restart for instance: everything it shows is in the store.
  document.addEventListener('components-reconnect-state-changed', event => {
    if (event.detail.state === 'rejected') location.reload();
  }, true);
})();
