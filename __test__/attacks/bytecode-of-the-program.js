'use strict';
// Code that V8 has compiled is bytecode, and V8 runs it without a check: whoever can hand it over
// can do what native code can. V8 knows the text by its length alone. Here it comes from other
// text of that length, and what runs is that. permit hands V8 bytes that it rejects, so that the
// text is compiled, and leaves the compile cache off, unless all addons are granted.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-worker
// Takes: an answer
// Refused: ERR_TEXT_WAS_COMPILED
// Refused: ERR_VM_MODULE_CACHED_DATA_REJECTED
// Refused: ERR_COMPILE_CACHE_IS_OFF
// Control: --allow-addons
// Node: >=22 for the compile cache, the compile cache in TMPDIR: Node 20 has no compile cache
// Started: --experimental-vm-modules
// Alone: the compile cache is of the process
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const vm = require('node:vm');
const { Worker } = require('node:worker_threads');
const { crc32 } = require('node:zlib');

/** Two texts of one length. */
const [BYTECODE, TEXT] = ['"bytecode"', '"the text"'];

const refused = (code, message) => Object.assign(new Error(message), { code });
/** What ran: the bytecode, or what V8 compiled because it was handed something that it rejects. */
const outcome = (ran, rejected) => {
  if (ran === 'bytecode') return ran;
  const isText = ran === 'the text' && rejected !== false;
  throw refused(isText ? 'ERR_TEXT_WAS_COMPILED' : 'ERR_UNCLEAR', `${ran} ${rejected}`);
};

const compiled = () => new vm.Script(BYTECODE).createCachedData();
const script = (cachedData, Class = vm.Script) => {
  const made = new Class(TEXT, { cachedData });
  return outcome(made.runInThisContext(), made.cachedDataRejected);
};
/** Has the native class below `vm.Script` make one. */
const raw = (Native) => {
  const given = [TEXT, 'raw.js', 0, 0, compiled(), false, undefined, Symbol('raw')];
  const made = Reflect.construct(Native, given, vm.Script);
  return outcome(made.runInThisContext(), made.cachedDataRejected);
};
const called = (made) => outcome(made(), made.cachedDataRejected);
const body = (text) => `return ${text}`;
const compiledFunction = () => vm.compileFunction(body(BYTECODE), [], { produceCachedData: true }).cachedData;

/** Hands the bytecode over the first time it is read, then the second, and the third. */
const changing = (bytes, make) => {
  let last;
  for (const at of [1, 2, 3]) {
    let asked = 0;
    const options = { get cachedData() { return (asked += 1) === at ? bytes() : undefined; } };
    try {
      // V8 keeps what it has compiled, so each is of another text.
      return make(TEXT.replaceAll('"', ['"', "'", '`'][at - 1]), options);
    } catch (error) {
      last = error;
    }
  }
  throw last;
};

const assigns = (text) => `globalThis.ran = ${text}`;
const compiledModule = () => new vm.SourceTextModule(assigns(BYTECODE)).createCachedData();
const evaluated = async (made) => {
  await made.link(() => {});
  await made.evaluate();
  return outcome(globalThis.ran);
};
/** The native module that stands behind one. */
const behind = (made) => {
  const isNative = (key) => made[key]?.constructor.name === 'ModuleWrap';
  return made[Object.getOwnPropertySymbols(made).find(isNative)];
};
const evaluatedRaw = async (made) => {
  made.link(...(/^v20\./.test(process.version) ? [[], []] : [[]]));
  (made.instantiateSync ?? made.instantiate).call(made);
  await made.evaluate(-1, false);
  return outcome(globalThis.ran);
};

/** Has the compile cache keep what one module was compiled to as that of another. */
const cached = ({ A }, folder, enable) => {
  const result = enable();
  if (!fs.existsSync(folder)) {
    const { FAILED } = Module.constants.compileCacheStatus;
    const isOff = result.status === FAILED && /--allow-addons/.test(result.message);
    throw refused(isOff ? 'ERR_COMPILE_CACHE_IS_OFF' : 'ERR_UNCLEAR', `${result.status} ${result.message}`);
  }
  const texts = [BYTECODE, TEXT].map((text) => `module.exports = ${text};`);
  const files = [`${A}/one.js`, `${A}/other.js`];
  for (const [at, file] of files.entries()) fs.writeFileSync(file, texts[at]);
  const load = Module.createRequire(__filename);
  load(files[0]);
  Module.flushCompileCache();
  const below = path.join(folder, fs.readdirSync(folder)[0]);
  // An entry is called by a checksum of its file's name, and has one of the text in its first bytes.
  const entry = (file) => {
    const sum = crc32(Buffer.concat([Buffer.from([0]), Buffer.from(file)]));
    return path.join(below, sum.toString(16).padStart(8, '0'));
  };
  const bytes = fs.readFileSync(entry(files[0]));
  const place = [0, 4, 8, 12, 16].find((at) => bytes.readUInt32LE(at) === crc32(texts[0]));
  bytes.writeUInt32LE(crc32(texts[1]), place);
  fs.writeFileSync(entry(files[1]), bytes);
  return outcome(load(files[1]));
};

attempt({
  'vm.Script': () => script(compiled()),
  'vm.Script, by a Uint8Array': () => script(new Uint8Array(compiled())),
  'vm.Script, by a DataView': () => {
    const bytes = new Uint8Array(compiled());
    return script(new DataView(bytes.buffer));
  },
  'vm.Script, by shared memory': () => {
    const bytes = compiled();
    const view = new Uint8Array(new SharedArrayBuffer(bytes.length));
    view.set(bytes);
    return script(view);
  },
  'vm.Script, by options that change': () => changing(compiled, (text, options) => {
    const made = new vm.Script(text, options);
    return outcome(made.runInThisContext(), made.cachedDataRejected);
  }),
  'a class that extends vm.Script': () => script(compiled(), class extends vm.Script {}),
  'vm.runInThisContext': () => outcome(vm.runInThisContext(TEXT, { cachedData: compiled() })),
  'vm.runInNewContext': () => outcome(vm.runInNewContext(TEXT, {}, { cachedData: compiled() })),
  'the class that vm.Script extends': () => raw(Object.getPrototypeOf(vm.Script)),
  'the constructor of its prototype': () => raw(Object.getPrototypeOf(vm.Script.prototype).constructor),
  'the class that a script extends': () => {
    const { prototype } = new vm.Script('').constructor;
    return raw(Object.getPrototypeOf(prototype).constructor);
  },
  'vm.compileFunction': () => called(vm.compileFunction(body(TEXT), [], { cachedData: compiledFunction() })),
  'vm.compileFunction, by options that change': () =>
    changing(compiledFunction, (text, options) => called(vm.compileFunction(body(text), [], options))),
  'vm.SourceTextModule': () => {
    const options = { cachedData: compiledModule() };
    return evaluated(new vm.SourceTextModule(assigns(TEXT), options));
  },
  'the class that vm.SourceTextModule extends': () => {
    const options = { sourceText: assigns(TEXT), identifier: 'vm:raw', lineOffset: 0, columnOffset: 0 };
    const given = [{ ...options, cachedData: compiledModule() }];
    return evaluatedRaw(behind(Reflect.construct(vm.Module, given, vm.SourceTextModule)));
  },
  'the class behind a vm.SourceTextModule': () => {
    const { constructor: Native } = behind(new vm.SourceTextModule(''));
    return evaluatedRaw(new Native('vm:raw', undefined, assigns(TEXT), 0, 0, compiledModule()));
  },
  'on a thread': () => {
    const program = `const vm = require('vm'), [BYTECODE, TEXT] = ${JSON.stringify([BYTECODE, TEXT])};
      const refused = ${refused}, outcome = ${outcome}, compiled = ${compiled}, script = ${script};
      ${attempt.program('script(compiled())')}`;
    return attempt.thread(new Worker(program, { eval: true }));
  },
  'the compile cache': (place) => {
    const folder = `${place.A}/cache`;
    return cached(place, folder, () => Module.enableCompileCache(folder));
  },
  'the compile cache in TMPDIR': (place) => {
    process.env.TMPDIR = place.A;
    return cached(place, `${place.A}/node-compile-cache`, () => Module.enableCompileCache());
  },
});
