'use strict';
// The dynamic loader expands `$ORIGIN` in a path to the folder of the program. Without the
// expansion, such a path leads to a granted library. With it, the loader opens another one. permit
// passes the checked real path to the loader.
// Policy: --allow-fs-read=${A} --allow-addons=${A}/sub/addon.node
// Given: library ${A}/sub/addon.node
// Given: folder ${D}/$ORIGIN
// Given: folder ${D}${NODE}
// Given: folder ${D}${NODE}/../../../granted/sub
// Given: library ${D}${NODE}/../../../granted/sub/addon.node
// Takes: a change of ${D}
// Refused: ERR_THE_GRANTED_ONE
// Control: none: with all addons granted the loader may read names as it likes
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  $ORIGIN: ({ A, D }) => {
    try {
      process.dlopen({ exports: {} }, `${D}/$ORIGIN/../../granted/sub/addon.node`);
    } catch (error) {
      if (!/self-register/.test(error.message)) throw error;
    }
    if (fs.existsSync(`${A}/sub/addon.node.loaded`)) throw Object.assign(new Error(), { code: 'ERR_THE_GRANTED_ONE' });
  },
});
