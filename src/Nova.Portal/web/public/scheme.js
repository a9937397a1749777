// Before the first paint: light or dark, as chosen here before, else as the system has it. An embedded view's host may say which.
(function () {
  var asked = new URLSearchParams(location.search).get('scheme');
  var stored = null;
  try { stored = localStorage.getItem('nova-scheme'); } catch { /* a frame without storage */ }
  var chosen = asked === 'light' || asked === 'dark' ? asked : stored;
  var dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
