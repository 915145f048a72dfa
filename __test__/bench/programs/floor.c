// The least that a guard in native code can do: it reads one string into a buffer on the stack and lets the call go on.
// `utf8` reads it as most addons do, `utf16` as permit does.
#include <stddef.h>
#include <stdint.h>

typedef void *Env, *Info, *Value;

extern int napi_get_cb_info(Env, Info, size_t *, Value *, Value *, void **);
extern int napi_get_value_string_utf8(Env, Value, char *, size_t, size_t *);
extern int napi_get_value_string_utf16(Env, Value, uint16_t *, size_t, size_t *);
extern int napi_create_function(Env, const char *, size_t, Value (*)(Env, Info), void *, Value *);
extern int napi_set_named_property(Env, Value, const char *, Value);

static Value utf8(Env env, Info info) {
  Value args[5], this;
  size_t count = 5, length;
  char text[512];
  napi_get_cb_info(env, info, &count, args, &this, NULL);
  napi_get_value_string_utf8(env, args[0], text, sizeof text, &length);
  return NULL;
}

static Value utf16(Env env, Info info) {
  Value args[5], this;
  size_t count = 5, length;
  uint16_t text[512];
  napi_get_cb_info(env, info, &count, args, &this, NULL);
  napi_get_value_string_utf16(env, args[0], text, 512, &length);
  return NULL;
}

Value napi_register_module_v1(Env env, Value exports) {
  Value function;
  napi_create_function(env, "utf8", 4, utf8, NULL, &function);
  napi_set_named_property(env, exports, "utf8", function);
  napi_create_function(env, "utf16", 5, utf16, NULL, &function);
  napi_set_named_property(env, exports, "utf16", function);
  return exports;
}
