'use strict';
// With source maps on, Node reads the file that the last line of a program names, and hands its content out. Here it is read
// by the functions that everybody reads with, and is left out where it may not be read.
// Policy: --allow-fs-read=${A}
// Takes: the secret
// Refused: silently
// Control: --allow-fs-read=*
// Given: file ${A}/mapped.js holding module.exports = () => { throw new Error('mapped'); };\n//# sourceMappingURL=${D}/secret.json\n
// Given: file ${A}/relative.js holding module.exports = () => { throw new Error('mapped'); };\n//# sourceMappingURL=../denied/secret.json\n
// Started: --enable-source-maps
const attempt = require('../helpers/attempt.js');
const { findSourceMap } = require('node:module');

const map = (file) => {
  require(file);
  return findSourceMap(file)?.payload;
};

attempt({
  'an absolute name': ({ A }) => map(`${A}/mapped.js`),
  'a relative name': ({ A }) => map(`${A}/relative.js`),
});
