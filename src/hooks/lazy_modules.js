// Node writes down each module of its own that it has loaded, in one place, before anybody gets the module: it pushes
// the name to the array that `process.moduleLoadList` shows. That array is put on a rail: `push` assigns to an index
// that it has not got, so a setter for the index on its prototype is called at once.
// The program gets a copy. The array itself is in no other place that a program can reach.
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
