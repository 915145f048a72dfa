// The stand-in for a class. It asks, then constructs the original. It is a function over a captured
// Reflect.construct, because the prototype of `class extends` would expose the original. It shares
// the prototype object, so that `instanceof` and subclasses work; the `constructor` there is the
// stand-in. `proceed` throws unless the answer carries the token (`trampoline.js`).
(function (apply, construct, defineProperty, dress, proceed) {
  'use strict';
  return function (ask, Original) {
    const { prototype } = Original;
    function Class() {
      let target = Original;
      if (new.target !== undefined && new.target !== Class) {
        // The engine reads the prototype when it constructs. A program may have made it a getter,
        // so it is read here once.
        const own = new.target.prototype;
        target = function () {};
        target.prototype = (typeof own === 'object' && own !== null) || typeof own === 'function' ? own : prototype;
      }
      const answer = apply(ask, undefined, arguments);
      const args = proceed(answer, arguments);
      const { after, onThrow } = answer;
      let made;
      try {
        made = new.target === undefined ? apply(Original, this, args) : construct(Original, args, target);
      } catch (error) {
        throw onThrow === undefined ? error : onThrow(error);
      }
      return after === undefined ? made : after(made);
    }
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
