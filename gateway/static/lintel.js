/* Pages work without this file. It spares a second click and a second scroll bar. */
(function () {
  'use strict';
  /* A form is sent once; "back" makes it usable again. */
  document.addEventListener('submit', function (e) {
    var f = e.target;
    if (f.target) return;
    if (f.hasAttribute('data-sent')) { e.preventDefault(); return; }
    f.setAttribute('data-sent', '');
  });
  window.addEventListener('pageshow', function (e) {
    if (!e.persisted) return;
    document.querySelectorAll('form[data-sent]').forEach(function (f) { f.removeAttribute('data-sent'); });
  });
  /* A page that only passes something on to the LMS does so by itself. */
  var pass = document.querySelector('form[data-send]');
  if (pass) pass.submit();
  /* In a frame: tell the LMS how tall the page is. The height is no secret. */
  if (window.parent === window) return;
  var last = 0;
  function tell() {
    var h = Math.ceil(document.documentElement.getBoundingClientRect().height);
    if (Math.abs(h - last) < 2) return;
    last = h;
    window.parent.postMessage(JSON.stringify({ subject: 'lti.frameResize', height: h }), '*');
    window.parent.postMessage({ subject: 'org.imsglobal.lti.frameResize', height: h }, '*');
  }
  if (window.ResizeObserver) new ResizeObserver(tell).observe(document.body);
  else window.addEventListener('load', tell);
})();
