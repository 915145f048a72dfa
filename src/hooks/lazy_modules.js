// Node records each of its modules that it has loaded, before anyone gets the module. It pushes the
// name to the array of `process.moduleLoadList`. `push` assigns to an index that the array lacks,
// so it calls a setter for that index on the array's prototype. This script replaces the prototype
// by an object for such setters. The program sees a copy of the array. It cannot reach the array
// itself.
(function (getPrototypeOf, setPrototypeOf, getOwnPropertyDescriptor, defineProperty) {
  'use strict';
  return function (process, names) {
    const found = getOwnPropertyDescriptor(process, 'moduleLoadList');
    const list = found === undefined ? undefined : found.value;
    if (
      !Array.isArray(list) ||
      getPrototypeOf(list) !== Array.prototype ||
      !Object.isExtensible(list) ||
      !found.configurable
    ) {
      return undefined;
    }
    const shown = list.slice();
    const setters = { __proto__: Array.prototype };
    setPrototypeOf(list, setters);
    defineProperty(process, 'moduleLoadList', { __proto__: null, ...found, value: shown });
    const loaded = names.map((name) => list.includes(`NativeModule ${name}`));
    const { prototype } = Array;
    const close = () => {
      setPrototypeOf(list, prototype);
    };
    return { __proto__: null, list, setters, shown, loaded, close };
  };
});
//# sourceURL=permit:loads
