// The portal in a page of your own:
//   <script src="https://nova.example.com/portal/embed.js" data-link="/webhooks-link" async></script>
// data-link is an address of your own server that answers a POST with {"url": "…"}: the url of a portal link that it has just made for whoever is
// signed in there. It is asked again when the view's session has ended. See docs/embedding.md.
(function () {
  'use strict';
  var own = document.currentScript;
  if (!own) return;
  var home = new URL('.', own.src);

  /** Shows the portal in an element. Answers with the frame, and with what takes it away. */
  function mount(target, options) {
    var frame = document.createElement('iframe');
    var least = Number(options.height) || 480;
    var shown = false;
    var queued = false;
    frame.title = options.title || 'Webhooks';
    frame.referrerPolicy = 'no-referrer';
    frame.allow = 'clipboard-write';
    frame.style.cssText = 'display:block;width:100%;border:0;height:' + least + 'px';

    function say(name, detail) { frame.dispatchEvent(new CustomEvent('nova-' + name, { bubbles: true, detail: detail })); }

    function show(url) {
      var place = new URL(url, location.href);
      if (place.origin !== home.origin || place.pathname !== home.pathname + 'embed') throw new Error('Not a portal link of ' + home.origin + ': ' + place.origin + place.pathname);
      if (options.screen) place.searchParams.set('screen', options.screen);
      frame.src = place.href;
    }

    function open() {
      if (options.url) { show(options.url); return; }
      shown = false;
      var link = typeof options.link === 'function'
        ? Promise.resolve(options.link())
        : fetch(options.link, { method: 'POST', credentials: 'same-origin', headers: { Accept: 'application/json' } }).then(function (response) {
            if (!response.ok) throw new Error(options.link + ' answered ' + response.status);
            return response.json();
          });
      link.then(function (answer) { show(typeof answer === 'string' ? answer : answer.url); }).catch(function (fault) {
        say('failed', fault);
        console.error('Nova:', fault);
      });
    }

    function hear(event) {
      if (event.source !== frame.contentWindow || event.origin !== home.origin || !event.data || event.data.source !== 'nova') return;
      if (event.data.type === 'height') { frame.style.height = Math.max(least, Math.ceil(event.data.height)) + 'px'; tell(); }
      if (event.data.type === 'ready') { shown = true; say('ready'); tell(); }
      if (event.data.type === 'ended') {
        say('ended');
        // Links that show nothing are not asked for again and again.
        if (options.link && shown) open();
      }
    }

    /** Which part of the frame is on the screen: dialogs open there, however long the frame is. */
    function tell() {
      if (queued) return;
      queued = true;
      requestAnimationFrame(function () {
        queued = false;
        if (!frame.contentWindow) return;
        var box = frame.getBoundingClientRect();
        var top = Math.max(0, -box.top);
        var bottom = Math.min(box.height, innerHeight - box.top);
        frame.contentWindow.postMessage({ source: 'nova-host', type: 'visible', top: top, height: Math.max(0, bottom - top) }, home.origin);
      });
    }

    addEventListener('message', hear);
    addEventListener('scroll', tell, { passive: true, capture: true });
    addEventListener('resize', tell);
    target.appendChild(frame);
    open();
    return {
      frame: frame,
      close: function () {
        removeEventListener('message', hear);
        removeEventListener('scroll', tell, { capture: true });
        removeEventListener('resize', tell);
        frame.remove();
      },
    };
  }

  window.NovaPortal = { mount: mount };

  var asked = own.dataset;
  if (!asked.link && !asked.url) return;
  function begin() {
    var target = asked.target ? document.querySelector(asked.target) : null;
    if (asked.target && !target) { console.error('Nova: there is no element ' + asked.target); return; }
    if (!target) own.after(target = document.createElement('div'));
    mount(target, asked);
  }
  if (asked.target && document.readyState === 'loading') addEventListener('DOMContentLoaded', begin);
  else begin();
})();
