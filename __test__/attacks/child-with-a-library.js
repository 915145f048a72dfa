'use strict';
// No hole of Node's, which knows no list of programs: a variable of the loader, or of OpenSSL, has the one program that is
// granted run any library. Here such a variable is what it was when the process started, or the program does not start.
// Policy: --allow-fs-read=${A} --allow-child-process=${NODE}
// Takes: a change of ${D}
// Refused: ChildProcess LD_PRELOAD=${D}/evil.so
// Refused: ChildProcess LD_AUDIT=${D}/evil.so
// Refused: ChildProcess OPENSSL_CONF=${D}/evil.cnf
// Refused: ChildProcess --openssl-config=${D}/evil.cnf
// Control: none: a list of programs grants no library to any of them
// Given: library ${D}/evil.so
// Given: file ${D}/evil.cnf holding nodejs_conf=i\nopenssl_conf=i\n[i]\nengines=e\n[e]\nevil=s\n[s]\ndynamic_path=${D}/evil.so\ninit=1
const attempt = require('../helpers/attempt.js');
const { spawnSync } = require('node:child_process');

const start = (env, flags = []) => {
  const { error, stderr } = spawnSync(process.execPath, [...flags, '-e', '1'], { env, encoding: 'utf8' });
  if (error) throw error;
  return stderr || 'started';
};

attempt({
  LD_PRELOAD: ({ D }) => start({ LD_PRELOAD: `${D}/evil.so` }),
  LD_AUDIT: ({ D }) => start({ LD_AUDIT: `${D}/evil.so` }),
  OPENSSL_CONF: ({ D }) => start({ OPENSSL_CONF: `${D}/evil.cnf` }),
  '--openssl-config': ({ D }) => start({}, [`--openssl-config=${D}/evil.cnf`]),
  '--openssl-config in NODE_OPTIONS': ({ D }) => start({ NODE_OPTIONS: `--openssl-config=${D}/evil.cnf` }),
  'LD_PRELOAD of the process': ({ D }) => {
    process.env.LD_PRELOAD = `${D}/evil.so`;
    try {
      return start();
    } finally {
      delete process.env.LD_PRELOAD;
    }
  },
  '+ a child without them': () => start({ LD_PRELOAD: '', PATH: process.env.PATH }),
});
