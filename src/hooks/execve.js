// Replaces Node's `process.execve`, below the stand-in that asks. Node's function copies the
// environment into an array by `push`, publishes the arrays on a channel, and warns by a function
// that a program can replace. This function passes permit's own arrays to native code. No code of
// the program runs in between.
(function (apply, native, original) {
  'use strict';
  return function execve(execPath, args, env) {
    // Node's function reports that the path is no string. permit has decided nothing here.
    if (typeof execPath !== 'string') return apply(original, this, arguments);
    return native(execPath, args, env);
  };
});
//# sourceURL=permit:execve
