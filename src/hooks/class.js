// The stand-in for a class: ask, then construct the original. A function over a captured Reflect.construct and not
// `class extends`, whose prototype would hand out the original. The prototype object is shared, so `instanceof`
// and subclasses work, and its `constructor` is the stand-in. `proceed` throws unless the answer carries the token
// (`trampoline.js`).
(function (apply, construct, defineProperty, dress, proceed) {
  'use strict';
  return function (ask, Original) {
    function Class() {
      const args = proceed(apply(ask, undefined, arguments), arguments);
      if (new.target === undefined) return apply(Original, this, args);
      return construct(Original, args, new.target === Class ? Original : new.target);
    }
    const { prototype } = Original;
    defineProperty(Class, 'prototype', { __proto__: null, value: prototype, writable: false });
    defineProperty(prototype, 'constructor', {
      __proto__: null,
      value: Class,
      writable: true,
      enumerable: false,
      configurable: true,
    });
    return dress(Class, Original);
  };
});
//# sourceURL=permit:class
