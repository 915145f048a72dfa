// Has SQLite ask about the files that it opens while it prepares statements, and runs a script step
// by step. Node evaluates it once a thread, when the program loads `node:sqlite`.
//
// SQLite has one authorizer a database. While a call of `exec` or `prepare` may open a file, it is
// permit's. That asks the policy first (`authorize` throws a refusal), and then the authorizer of
// the program. Otherwise the authorizer is the program's own. A Node without `setAuthorizer` has
// `undefined` here.
(function (captured, trampoline, ask, exec, setAuthorizer) {
  'use strict';
  const { apply, weakMapGet: get, weakMapSet: set, WeakMap } = captured;
  const { make, dress } = trampoline;
  const authorize = make(ask, () => 0);
  const databases = new WeakMap();
  // Returns the authorizer of the program, and the number of calls that permit's authorizer is for.
  function stateOf(database) {
    let state = apply(get, databases, [database]);
    if (state === undefined) {
      state = { __proto__: null, program: null, calls: 0 };
      apply(set, databases, [database, state]);
    }
    return state;
  }
  // Returns the function that ends what it began.
  function begin(database) {
    let state;
    const decide = (action, first, second, schema, trigger) => {
      authorize(action, first, second);
      const { program } = state;
      return program === null ? 0 : apply(program, undefined, [action, first, second, schema, trigger]);
    };
    apply(setAuthorizer, database, [decide]);
    state = stateOf(database);
    state.calls += 1;
    return () => {
      state.calls -= 1;
      if (state.calls > 0) return;
      try {
        apply(setAuthorizer, database, [state.program]);
      } catch {
        // The program has closed the database.
      }
    };
  }
  const standIn =
    setAuthorizer &&
    dress(function (authorizer) {
      const state = apply(get, databases, [this]);
      const isOne = authorizer === null || typeof authorizer === 'function';
      if (state === undefined || state.calls === 0 || !isOne) apply(setAuthorizer, this, arguments);
      stateOf(this).program = authorizer;
    }, setAuthorizer);
  return {
    __proto__: null,
    begin: setAuthorizer && begin,
    setAuthorizer: standIn,
    // Runs the part of a script that waits, when the part before it has run.
    rest: (database, script) => () => apply(exec, database, [script]),
  };
});
//# sourceURL=permit:sqlite
