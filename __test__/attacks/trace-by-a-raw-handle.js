'use strict';
// Until Node 22 the native object that switches trace events on stood under a symbol of what
// `trace_events.createTracing` gives. Its `enable` asked nobody, and `node_trace.1.log` was written
// into the working directory. permit asks for write of that file where the native object is used.
// Policy: --allow-fs-read=${D}
// Takes: a change of ${D}
// Refused: FileSystemWrite node_trace.1.log
// Control: --allow-fs-write=${D}
// Node: <22: later ones keep that object in a private field
// Alone: the traces of a process go to one file
const attempt = require('../helpers/attempt.js');
const trace = require('node:trace_events');

/** The native object behind a `Tracing`. */
const behind = () => {
  const tracing = trace.createTracing({ categories: ['v8', 'node'] });
  const isNative = (key) => typeof tracing[key]?.enable === 'function';
  return tracing[Object.getOwnPropertySymbols(tracing).find(isNative)];
};
const traced = async ({ D }, enable) => {
  process.chdir(D);
  enable();
  await new Promise((resolve) => { setTimeout(resolve, 50); });
};

attempt({
  'its enable': (place) => traced(place, () => behind().enable()),
  'the enable of its class': (place) => traced(place, () => {
    const handle = behind();
    Reflect.apply(Object.getPrototypeOf(handle).enable, handle, []);
  }),
  'another of its class': (place) => traced(place, () => {
    const { constructor: CategorySet } = behind();
    new CategorySet(['v8', 'node']).enable();
  }),
  'a class that extends it': (place) => traced(place, () => {
    const { constructor: CategorySet } = behind();
    class Mine extends CategorySet {}
    new Mine(['v8', 'node']).enable();
  }),
});
