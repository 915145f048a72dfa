// Stands where `process.execve` of Node was, below the question. Node's function copies the environment into an array by `push`,
// publishes the arrays on a channel, and warns by a function that a program can replace. This one hands the arrays that permit made
// to native code, and nothing of the program's runs in between.
(function (apply, native, original) {
  'use strict';
  return function execve(execPath, args, env) {
    // Node's function says that this is no program: permit has decided nothing.
    if (typeof execPath !== 'string') return apply(original, this, arguments);
    return native(execPath, args, env);
  };
});
//# sourceURL=permit:execve
