// The exports of Node's public modules that permit leaves free, with the reason. Every other
// function must be refused by a row of a census: see hooks/gate.spec.mjs. `Class#name` is a method,
// `name=` a setter, `()` the module itself.

/** Modules that reach nothing outside the process by themselves: a new export is looked at once, its methods are not.
 */
export const HARMLESS = [
  {
    because: 'computes, converts or compares values',
    of: {
      assert: `() Assert AssertionError CallTracker deepEqual deepStrictEqual doesNotMatch doesNotReject doesNotThrow
equal fail ifError match
notDeepEqual notDeepStrictEqual notEqual notStrictEqual ok partialDeepStrictEqual rejects strictEqual throws`,
      'assert/strict': `()`,
      buffer: `atob Blob Blob= btoa Buffer File File= INSPECT_MAX_BYTES= isAscii isLatin1 isUtf8 resolveObjectURL
resolveObjectURL= SlowBuffer transcode`,
      path: `basename dirname extname format isAbsolute join matchesGlob normalize parse relative resolve
toNamespacedPath`,
      'path/win32': `basename dirname extname format isAbsolute join matchesGlob normalize parse relative resolve
toNamespacedPath`,
      punycode: `decode encode toASCII toUnicode`,
      querystring: `escape parse stringify unescape unescapeBuffer`,
      string_decoder: `StringDecoder`,
      url: `domainToASCII domainToUnicode fileURLToPath fileURLToPathBuffer format parse pathToFileURL resolve
resolveObject URL Url
URLPattern URLSearchParams urlToHttpOptions`,
      util: `_errnoException _exceptionWithHostPort _extend aborted callbackify convertProcessSignalToExitCode
debounce debug deprecate diff
format formatWithOptions getCallSite getCallSites getSystemErrorMap getSystemErrorMessage getSystemErrorName inherits
inspect
isArray isBoolean isBuffer isDate isDeepStrictEqual isError isFunction isNull isNullOrUndefined isNumber isObject
isPartialDeepStrictEqual
isPrimitive isRegExp isString isSymbol isUndefined log markPromiseAsHandled MIMEParams MIMEParams= MIMEType MIMEType=
parseArgs parseArgs=
parseEnv promisify setTraceSigInt stripVTControlCharacters styleText TextDecoder TextDecoder= TextEncoder TextEncoder=
throttle
toUSVString transferableAbortController transferableAbortSignal`,
      'util/types': `isAnyArrayBuffer isArgumentsObject isArrayBuffer isAsyncFunction isBigInt64Array isBigIntObject
isBigUint64Array isBooleanObject
isBoxedPrimitive isCryptoKey isDataView isDate isExternal isFloat16Array isFloat32Array isFloat64Array
isGeneratorFunction
isGeneratorObject isInt16Array isInt32Array isInt8Array isKeyObject isMap isMapIterator isModuleNamespaceObject
isNativeError
isNumberObject isPromise isProxy isRegExp isSet isSetIterator isSharedArrayBuffer isStringObject isSymbolObject
isTypedArray
isUint16Array isUint32Array isUint8ClampedArray isWeakMap isWeakSet`,
      'test/reporters': `dot junit lcov spec tap`,
      'bench/reporters': `json spec`,
    },
  },
  {
    because: 'moves data and events about within the process',
    of: {
      events: `() addAbortListener captureRejections= defaultMaxListeners= EventEmitterAsyncResource getEventListeners
getMaxListeners init
listenerCount on once setMaxListeners`,
      stream: `() _isUint8Array _uint8ArrayToBuffer addAbortSignal compose destroy Duplex duplexPair finished
getDefaultHighWaterMark isDestroyed
isDisturbed isErrored isReadable isWritable PassThrough pipeline Readable setDefaultHighWaterMark Transform Writable`,
      'stream/consumers': `arrayBuffer blob buffer bytes json text`,
      'stream/iter': `fromReadable fromWritable toReadable toReadableSync toWritable`,
      'stream/promises': `finished pipeline`,
      'stream/web': `ByteLengthQueuingStrategy CompressionStream CountQueuingStrategy DecompressionStream
ReadableByteStreamController ReadableStream
ReadableStreamBYOBReader ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader
ReadableStreamTee
TextDecoderStream TextEncoderStream TransformStream TransformStreamDefaultController WritableStream
WritableStreamDefaultController WritableStreamDefaultWriter`,
      timers: `_unrefActive active clearImmediate clearInterval clearTimeout enroll setImmediate setInterval
setTimeout unenroll`,
      'timers/promises': `setImmediate setInterval setTimeout`,
      async_hooks: `AsyncLocalStorage AsyncResource createHook executionAsyncId executionAsyncResource triggerAsyncId`,
      diagnostics_channel: `BoundedChannel boundedChannel Channel channel hasSubscribers subscribe tracingChannel
unsubscribe`,
      domain: `createDomain Domain`,
      perf_hooks: `createHistogram createSlidingWindowHistogram importHistogram monitorEventLoopDelay Performance
PerformanceEntry PerformanceMark
PerformanceMeasure PerformanceObserver PerformanceObserverEntryList PerformanceResourceTiming`,
      'zlib/iter': `compressBrotli compressBrotliSync compressDeflate compressDeflateSync compressGzip
compressGzipSync compressZstd compressZstdSync
decompressBrotli decompressBrotliSync decompressDeflate decompressDeflateSync decompressGzip decompressGzipSync
decompressZstd
decompressZstdSync`,
      _stream_wrap: `() StreamWrap`,
    },
  },
  {
    because: 'prints to the streams that the process was given',
    of: {
      console: `_stderr= _stderrErrorHandler _stdout= _stdoutErrorHandler assert clear Console context count
countReset createTask debug dir
dirxml error group groupCollapsed groupEnd info log profile profileEnd table time timeEnd timeLog timeStamp trace warn`,
    },
  },
  {
    because: 'says what the machine is; Node has no scope for it',
    of: {
      os: `arch availableParallelism cpus endianness freemem getPriority homedir hostname loadavg machine
networkInterfaces platform release
setPriority tmpdir totalmem type uptime userInfo version`,
    },
  },
  {
    because: 'reads and writes HTTP on streams that are open',
    of: {
      _http_common: `_checkInvalidHeaderChar _checkIsHttpToken calculateLenientFlags freeParser HTTPParser isLenient
prepareError`,
      _http_incoming: `asciiEqualIgnoreCase getRawHeader readStart readStop`,
      _http_outgoing: `parseUniqueHeadersOption`,
      _http_server: `httpServerPreClose setupConnectionsTracking storeHTTPOptions`,
      _tls_common: `translatePeerCertificate`,
    },
  },
];

/** In all other modules every function within reach is listed by itself. */
export const FREE = [
  {
    of: 'fs',
    because: 'works on a descriptor that was opened under the policy; free in Node as well',
    names: `close closeSync fstat fstatSync ftruncate ftruncateSync read readSync readv readvSync write writeSync
writev writevSync`,
  },
  {
    of: 'fs',
    because: 'says what an entry is, from what was read before',
    names: `_toUnixTimestamp Dirent Dirent#isBlockDevice Dirent#isCharacterDevice Dirent#isDirectory Dirent#isFIFO
Dirent#isFile
Dirent#isSocket Dirent#isSymbolicLink Stats Stats#_checkModeProperty Stats#atime= Stats#atimeInstant= Stats#birthtime=
Stats#birthtimeInstant= Stats#ctime= Stats#ctimeInstant= Stats#isBlockDevice Stats#isCharacterDevice Stats#isDirectory
Stats#isFIFO Stats#isFile Stats#isSocket Stats#isSymbolicLink Stats#mtime= Stats#mtimeInstant=`,
  },
  {
    of: 'fs',
    because: 'reads a directory that was opened under the policy',
    names: `Dir Dir#close Dir#closeSync Dir#entries Dir#processReadResult Dir#read Dir#readSync`,
  },
  {
    of: 'fs',
    because: 'replaces an export of this module for the program itself',
    names: `Dir= FileReadStream= FileWriteStream= opendir= opendirSync= ReadStream= WriteStream=`,
  },
  {
    of: 'fs',
    because: 'works on what the stream opened by fs.open, which is a row below it',
    names: `ReadStream#_construct ReadStream#_destroy ReadStream#_read ReadStream#autoClose= ReadStream#close
ReadStream#open
Utf8Stream#destroy Utf8Stream#end Utf8Stream#flush Utf8Stream#flushSync Utf8Stream#write WriteStream#_destroy
WriteStream#_write
WriteStream#_writev WriteStream#autoClose= WriteStream#close WriteStream#open`,
  },
  {
    of: 'fs',
    because: 'ends or pauses a watch; starting one by the public prototype does nothing',
    names: `FSWatcher#close FSWatcher#ref FSWatcher#start FSWatcher#unref StatWatcher#ref StatWatcher#start
StatWatcher#stop StatWatcher#unref
unwatchFile`,
  },
  {
    of: 'fs/promises',
    because: 'works on the descriptor of the handle, which was opened under the policy',
    names: `FileHandle#appendFile FileHandle#createReadStream FileHandle#createWriteStream FileHandle#emit
FileHandle#getAsyncId
FileHandle#pull FileHandle#pullSync FileHandle#read FileHandle#readableWebStream FileHandle#readFile
FileHandle#readLines
FileHandle#readv FileHandle#stat FileHandle#truncate FileHandle#write FileHandle#writeFile FileHandle#writer FileHandle#writev`,
  },
  { of: 'fs/promises', because: 'is not implemented here', names: `lchmod` },
  {
    of: 'net',
    because: 'computes with addresses',
    names: `_normalizeArgs BlockList BlockList#addAddress BlockList#addAddresses BlockList#addCIDR BlockList#addCIDRs
BlockList#addRange
BlockList#addSubnet BlockList#check BlockList#clear BlockList#fromJSON BlockList.isBlockList BlockList#removeAddress
BlockList#removeCIDR BlockList#removeRange BlockList#removeSubnet BlockList#toJSON isIP isIPv4 isIPv6 SocketAddress
SocketAddress.isSocketAddress SocketAddress.parse SocketAddress#toJSON`,
  },
  {
    of: 'net',
    because: 'sets a default, of no effect before a socket connects',
    names: `_setSimultaneousAccepts getDefaultAutoSelectFamily getDefaultAutoSelectFamilyAttemptTimeout
setDefaultAutoSelectFamily
setDefaultAutoSelectFamilyAttemptTimeout`,
  },
  {
    of: 'net',
    because: 'works on a socket that is open already, or takes over a descriptor, which is free in Node as well',
    names: `_TransferredBoundSocket _TransferredBoundSocket#address _TransferredBoundSocket#close
_TransferredBoundSocket#fd
Socket#_destroy Socket#_final Socket#_getpeername Socket#_getsockname
Socket#_handle= Socket#_onTimeout Socket#_read Socket#_reset Socket#_unrefTimer Socket#_write Socket#_writeGeneric
Socket#_writev
Socket#address Socket#destroySoon Socket#end Socket#getTypeOfService Socket#pause Socket#read Socket#ref
Socket#resetAndDestroy
Socket#resume Socket#setKeepAlive Socket#setNoDelay Socket#setTimeout Socket#setTypeOfService Socket#unref`,
  },
  { of: 'dgram', because: 'only makes an object; bind, connect, send and the memberships are rows', names: `Socket` },
  {
    of: 'dgram',
    because: 'works on a socket that was bound under the policy, or on its own state',
    names: `Socket#_bindState= Socket#_handle= Socket#_healthCheck Socket#_queue= Socket#_receiving=
Socket#_reuseAddr= Socket#_stopReceiving
Socket#address Socket#close Socket#disconnect Socket#getRecvBufferSize Socket#getSendBufferSize Socket#getSendQueueCount
Socket#getSendQueueSize Socket#ref Socket#remoteAddress Socket#setBroadcast Socket#setMulticastInterface
Socket#setMulticastLoopback Socket#setMulticastTTL Socket#setRecvBufferSize Socket#setSendBufferSize Socket#setTTL Socket#unref`,
  },
  {
    of: 'dns',
    because: 'sets up queries that are asked about when they are made; free in Node as well',
    names: `getDefaultResultOrder getServers Resolver Resolver#cancel Resolver#getServers Resolver#setLocalAddress
Resolver#setServers
setDefaultResultOrder setServers`,
  },
  {
    of: 'dns/promises',
    because: 'sets up queries that are asked about when they are made; free in Node as well',
    names: `getServers Resolver setServers`,
  },
  {
    of: 'http',
    because: 'only makes an object; the handles under connect and listen are rows',
    names: `Agent CloseEvent IncomingMessage MessageEvent Server ServerResponse`,
  },
  {
    of: 'http',
    because: 'connects through createConnection, listens through net.Server; the handles under both are rows',
    names: `Agent#addRequest Agent#createSocket Agent#destroy Agent#getName Agent#keepSocketAlive Agent#removeSocket
Agent#reuseSocket
Server#_emitCloseIfDrained Server#_listen2 Server#_setupWorker Server#address Server#close Server#closeAllConnections
Server#closeIdleConnections Server#getConnections Server#ref Server#setTimeout Server#unref`,
  },
  {
    of: 'http',
    because: 'reads and writes on a connection that is open already',
    names: `_connectionListener ClientRequest#_deferToConnect ClientRequest#_finish ClientRequest#_flush
ClientRequest#_flushOutput
ClientRequest#_headerNames= ClientRequest#_headers= ClientRequest#_implicitHeader
ClientRequest#_isLenientHeaderValidation
ClientRequest#_renderHeaders ClientRequest#_send ClientRequest#_storeHeader ClientRequest#_writeRaw ClientRequest#abort
ClientRequest#addTrailers ClientRequest#appendHeader ClientRequest#clearTimeout ClientRequest#connection=
ClientRequest#cork
ClientRequest#destroy ClientRequest#flushHeaders ClientRequest#getHeader ClientRequest#getHeaderNames
ClientRequest#getHeaders
ClientRequest#getRawHeaderNames ClientRequest#hasHeader ClientRequest#onSocket ClientRequest#path= ClientRequest#pipe
ClientRequest#removeHeader ClientRequest#setHeader ClientRequest#setHeaders ClientRequest#setNoDelay
ClientRequest#setSocketKeepAlive ClientRequest#setTimeout ClientRequest#socket= ClientRequest#uncork ClientRequest#write
CloseEvent#cancelBubble= CloseEvent#composedPath CloseEvent#initEvent CloseEvent#preventDefault CloseEvent#returnValue=
CloseEvent#stopImmediatePropagation CloseEvent#stopPropagation IncomingMessage#_addHeaderLine
IncomingMessage#_addHeaderLineDistinct IncomingMessage#_addHeaderLines IncomingMessage#_destroy IncomingMessage#_dump
IncomingMessage#_dumpAndCloseReadable IncomingMessage#_read IncomingMessage#connection= IncomingMessage#headers=
IncomingMessage#headersDistinct= IncomingMessage#setTimeout IncomingMessage#trailers= IncomingMessage#trailersDistinct=
MessageEvent#initMessageEvent ServerResponse#_finish ServerResponse#_implicitHeader ServerResponse#assignSocket
ServerResponse#detachSocket ServerResponse#writeContinue ServerResponse#writeEarlyHints ServerResponse#writeHead
ServerResponse#writeInformation ServerResponse#writeProcessing WebSocket#addEventListener WebSocket#binaryType=
WebSocket#close
WebSocket#dispatchEvent WebSocket#onclose= WebSocket#onerror= WebSocket#onmessage= WebSocket#onopen=
WebSocket#removeEventListener
WebSocket#send`,
  },
  { of: 'http', because: 'computes the mask of a frame', names: `websocketMask websocketUnmask` },
  {
    of: 'http',
    because: 'checks or sets a value of this process',
    names: `globalAgent= isValidHeaderName isValidHeaderValue setGlobalProxyFromEnv setMaxIdleHTTPParsers
validateHeaderName validateHeaderName.withoutStackTrace
validateHeaderValue validateHeaderValue.withoutStackTrace`,
  },
  {
    of: 'https',
    because: 'only makes an object, or changes what it remembers',
    names: `Agent Agent#_cacheSession Agent#_evictSession Agent#_getSession Agent#getName Agent#keepSocketAlive Server
Server#_getServerData
Server#_setServerData Server#addContext Server#close Server#getTicketKeys Server#setOptions Server#setSecureContext
Server#setTicketKeys`,
  },
  {
    of: 'http2',
    because: 'makes settings and servers; listen and connect are rows',
    names: `createSecureServer getDefaultSettings getPackedSettings getUnpackedSettings Http2ServerRequest
Http2ServerResponse`,
  },
  {
    of: 'http2',
    because: 'reads and writes on a connection that is open already',
    names: `ClientHttp2Session#_onTimeout ClientHttp2Session#close ClientHttp2Session#destroy ClientHttp2Session#goaway
ClientHttp2Session#ping ClientHttp2Session#ref ClientHttp2Session#request ClientHttp2Session#setLocalWindowSize
ClientHttp2Session#setNextStreamID ClientHttp2Session#settings ClientHttp2Session#unref ClientHttp2Stream#_destroy
ClientHttp2Stream#_final ClientHttp2Stream#_onTimeout ClientHttp2Stream#_read ClientHttp2Stream#_write
ClientHttp2Stream#_writev
ClientHttp2Stream#close ClientHttp2Stream#priority ClientHttp2Stream#sendTrailers Http2ServerRequest#_read
Http2ServerRequest#method= Http2ServerRequest#setTimeout Http2ServerRequest#url= Http2ServerResponse#addTrailers
Http2ServerResponse#appendHeader Http2ServerResponse#cork Http2ServerResponse#createPushResponse
Http2ServerResponse#destroy
Http2ServerResponse#end Http2ServerResponse#flushHeaders Http2ServerResponse#getHeader
Http2ServerResponse#getHeaderNames
Http2ServerResponse#getHeaders Http2ServerResponse#hasHeader Http2ServerResponse#removeHeader
Http2ServerResponse#sendDate=
Http2ServerResponse#setHeader Http2ServerResponse#setTimeout Http2ServerResponse#setTrailer
Http2ServerResponse#statusCode=
Http2ServerResponse#statusMessage= Http2ServerResponse#uncork Http2ServerResponse#write
Http2ServerResponse#writeContinue
Http2ServerResponse#writeEarlyHints Http2ServerResponse#writeHead Http2ServerResponse#writeInformation performServerHandshake`,
  },
  {
    of: 'tls',
    because: 'computes, or makes an object from what it is given; engines are rows below it',
    names: `checkServerIdentity convertALPNProtocols getCertificateCompressionAlgorithms getCiphers SecureContext`,
  },
  {
    of: 'tls',
    because: 'reads or replaces the certificates that this process trusts; free in Node as well',
    names: `getCACertificates setDefaultCACertificates`,
  },
  {
    of: 'tls',
    because: 'works on a connection that is open already',
    names: `createSecurePair TLSSocket TLSSocket#_destroySSL TLSSocket#_emitTLSError TLSSocket#_finishInit
TLSSocket#_handleTimeout
TLSSocket#_init TLSSocket#_releaseControl TLSSocket#_start TLSSocket#_tlsError TLSSocket#_wrapHandle
TLSSocket#disableRenegotiation TLSSocket#enableTrace TLSSocket#exportKeyingMaterial TLSSocket#getCertificate
TLSSocket#getCipher
TLSSocket#getEphemeralKeyInfo TLSSocket#getFinished TLSSocket#getPeerCertificate TLSSocket#getPeerFinished
TLSSocket#getPeerX509Certificate TLSSocket#getProtocol TLSSocket#getSession TLSSocket#getSharedSigalgs
TLSSocket#getTLSTicket
TLSSocket#getX509Certificate TLSSocket#isSessionReused TLSSocket#renegotiate TLSSocket#setKeyCert
TLSSocket#setMaxSendFragment
TLSSocket#setServername TLSSocket#setSession`,
  },
  {
    of: 'child_process',
    because: 'only makes an object, or works on a process that was started under the policy',
    names: `ChildProcess ChildProcess#kill ChildProcess#ref ChildProcess#unref`,
  },
  { of: 'child_process', because: 'takes over a channel that was inherited', names: `_forkChild` },
  {
    of: 'cluster',
    because: 'only makes an object, or works on a process that was started under the policy',
    names: `disconnect setupPrimary Worker Worker#destroy Worker#disconnect Worker#isConnected Worker#isDead
Worker#kill Worker#send`,
  },
  {
    of: 'worker_threads',
    because: 'passes messages between threads that were started under the policy',
    names: `BroadcastChannel BroadcastChannel#close BroadcastChannel#onmessage= BroadcastChannel#onmessageerror=
BroadcastChannel#postMessage
BroadcastChannel#ref BroadcastChannel#unref getEnvironmentData isMarkedAsUntransferable locks#query locks#request
markAsUncloneable markAsUntransferable MessageChannel MessagePort MessagePort#addListener MessagePort#close
MessagePort#emit
MessagePort#eventNames MessagePort#getMaxListeners MessagePort#hasRef MessagePort#listenerCount MessagePort#off
MessagePort#on
MessagePort#once MessagePort#onmessage= MessagePort#onmessageerror= MessagePort#postMessage MessagePort#ref
MessagePort#removeAllListeners MessagePort#removeListener MessagePort#setMaxListeners MessagePort#start
MessagePort#unref
moveMessagePortToContext postMessageToThread receiveMessageOnPort setEnvironmentData`,
  },
  {
    of: 'worker_threads',
    because: 'works on a thread that was started under the policy, and gives its answers to the program',
    names: `Worker#cpuUsage Worker#getHeapSnapshot Worker#getHeapStatistics Worker#postMessage Worker#ref
Worker#startCpuProfile
Worker#startHeapProfile Worker#terminate Worker#unref`,
  },
  {
    of: 'module',
    because: 'runs or changes text and tables of this process; what it loads passes through the bindings',
    names: `() #_compile #parent= _debug _initPaths _nodeModulePaths _readPackage= _resolveLookupPaths _stat=
createRequire findSourceMap
flushCompileCache getCompileCacheDir getSourceMapsSupport isBuiltin registerHooks setSourceMapsSupport SourceMap
SourceMap#findEntry SourceMap#findOrigin stripTypeScriptTypes syncBuiltinESMExports wrap wrap= wrapper=`,
  },
  {
    of: 'module',
    because: 'module resolution asks whether a file is there and reads package.json: a limit that README lists',
    names: `_readPackage _stat findPackageJSON`,
  },
  {
    of: 'process',
    because: 'ends the process or one that the user may signal anyway; there is no scope for signals',
    names: `_exiting= _kill abort exit exitCode= kill reallyExit`,
  },
  {
    of: 'process',
    because: 'there is no scope for users, groups and umask; free in Node as well',
    names: `getegid geteuid getgid getgroups getuid initgroups setegid seteuid setgid setgroups setuid umask`,
  },
  {
    of: 'process',
    because: 'counts, or says what this process is',
    names: `_getActiveHandles _getActiveRequests allowedNodeEnvironmentFlags#add allowedNodeEnvironmentFlags#clear
allowedNodeEnvironmentFlags#delete allowedNodeEnvironmentFlags#entries allowedNodeEnvironmentFlags#forEach
allowedNodeEnvironmentFlags#has allowedNodeEnvironmentFlags#values allowedNodeEnvironmentFlags= availableMemory
constrainedMemory
cpuUsage cwd getActiveResourcesInfo hrtime hrtime.bigint memoryUsage memoryUsage.rss report.getReport resourceUsage
threadCpuUsage
uptime`,
  },
  {
    of: 'process',
    because: 'says how a report is written, not where or when',
    names: `report.compact= report.excludeEnv= report.excludeNetwork= report.signal=`,
  },
  {
    of: 'process',
    because: 'runs functions of the program, or prints',
    names: `_fatalException _rawDebug _startProfilerIdleNotifier _stopProfilerIdleNotifier _tickCallback
addUncaughtExceptionCaptureCallback
assert domain= emitWarning finalization.register finalization.registerBeforeExit finalization.unregister finalization=
getBuiltinModule hasUncaughtExceptionCaptureCallback nextTick openStdin ref setSourceMapsEnabled
setUncaughtExceptionCaptureCallback unref`,
  },
  {
    of: 'v8',
    because: 'serializes and counts in memory',
    names: `cachedDataVersionTag DefaultDeserializer DefaultDeserializer#_readHostObject DefaultSerializer
DefaultSerializer#_writeHostObject
deserialize Deserializer Deserializer#_readRawBytes Deserializer#getWireFormatVersion Deserializer#readDouble
Deserializer#readHeader Deserializer#readRawBytes Deserializer#readUint32 Deserializer#readUint64 Deserializer#readValue
Deserializer#transferArrayBuffer GCProfiler GCProfiler#start GCProfiler#stop getCppHeapStatistics getHeapCodeStatistics
getHeapSnapshot getHeapSpaceStatistics getHeapStatistics isStringOneByteRepresentation promiseHooks.createHook
promiseHooks.onAfter promiseHooks.onBefore promiseHooks.onInit promiseHooks.onSettled queryObjects serialize Serializer
Serializer#_setTreatArrayBufferViewsAsHostObjects Serializer#releaseBuffer Serializer#transferArrayBuffer
Serializer#writeDouble
Serializer#writeHeader Serializer#writeRawBytes Serializer#writeUint32 Serializer#writeUint64 Serializer#writeValue`,
  },
  {
    of: 'v8',
    because: "gives a profile to the program; writes to the folder of NODE_V8_COVERAGE, which is the operator's",
    names: `startCpuProfile startHeapProfile stopCoverage takeCoverage`,
  },
  {
    of: 'v8',
    because: 'takes part in making a start-up snapshot, which the operator asked for',
    names: `startupSnapshot.addDeserializeCallback startupSnapshot.addSerializeCallback
startupSnapshot.isBuildingSnapshot
startupSnapshot.setDeserializeMainFunction`,
  },
  {
    of: 'inspector',
    because: 'reports to a debugger that could attach only through one of the rows',
    names: `close console.assert console.clear console.count console.countReset console.debug console.dir
console.dirxml console.error
console.group console.groupCollapsed console.groupEnd console.info console.log console.table console.time
console.timeEnd
console.timeLog console.trace console.warn DOMStorage.domStorageItemAdded DOMStorage.domStorageItemRemoved
DOMStorage.domStorageItemsCleared DOMStorage.domStorageItemUpdated DOMStorage.registerStorage Network.dataReceived
Network.dataSent Network.loadingFailed Network.loadingFinished Network.requestWillBeSent Network.responseReceived
Network.webSocketClosed Network.webSocketCreated Network.webSocketHandshakeResponseReceived NetworkResources.put url
waitForDebugger`,
  },
  {
    of: 'inspector',
    because: 'only makes an object, or needs a connection, which is a row',
    names: `Session Session#disconnect Session#post`,
  },
  {
    of: 'inspector/promises',
    because: 'only makes an object, or needs a connection, which is a row',
    names: `Session Session#post`,
  },
  {
    of: 'wasi',
    because: 'needs a WASI, which is a row',
    names: `WASI#finalizeBindings WASI#getImportObject WASI#initialize WASI#start`,
  },
  {
    of: 'sqlite',
    because: 'works in a database that was opened under the policy; SQL is asked about in exec and prepare',
    names: `Database#aggregate Database#applyChangeset Database#close Database#createModule Database#createSession
Database#deserialize Database#enableDefensive Database#function Database#location Database#serialize
Database#setAuthorizer DatabaseSync#aggregate DatabaseSync#applyChangeset DatabaseSync#close
DatabaseSync#createSession DatabaseSync#deserialize DatabaseSync#enableDefensive DatabaseSync#function
DatabaseSync#location DatabaseSync#serialize DatabaseSync#setAuthorizer Session Session#changeset Session#close
Session#patchset Statement Statement#all Statement#close Statement#columns Statement#get Statement#iterate
Statement#resetStats Statement#run Statement#setAllowBareNamedParameters Statement#setAllowUnknownNamedParameters
Statement#setReadBigInts Statement#setReturnArrays Statement#stat StatementSync StatementSync#all StatementSync#close
StatementSync#columns StatementSync#get StatementSync#iterate StatementSync#run
StatementSync#setAllowBareNamedParameters StatementSync#setAllowUnknownNamedParameters StatementSync#setReadBigInts
StatementSync#setReturnArrays`,
  },
  {
    of: 'ffi',
    because: 'needs a DynamicLibrary, which is a row',
    names: `DynamicLibrary#close DynamicLibrary#getFunction DynamicLibrary#getFunctions DynamicLibrary#getSymbol
DynamicLibrary#getSymbols
DynamicLibrary#refCallback DynamicLibrary#registerCallback DynamicLibrary#unrefCallback DynamicLibrary#unregisterCallback`,
  },
  {
    of: 'trace_events',
    because: 'only makes an object, or ends what a row began',
    names: `createTracing getEnabledCategories Tracing#disable`,
  },
  {
    of: 'repl',
    because: 'reads from the streams that it is given, and from files through fs',
    names: `_builtinLibs= builtinModules= isValidSyntax Recoverable REPLServer REPLServer#_handleError
REPLServer#clearBufferedCommand
REPLServer#close REPLServer#complete REPLServer#completeOnEditorMode REPLServer#createContext REPLServer#defineCommand
REPLServer#displayPrompt REPLServer#resetContext REPLServer#setPrompt REPLServer#setupHistory start writer`,
  },
  {
    of: 'readline',
    because: 'reads from the streams that it is given; history is a file that fs opens',
    names: `clearLine clearScreenDown createInterface cursorTo emitKeypressEvents Interface Interface#_addHistory
Interface#_decoder=
Interface#_deleteLeft Interface#_deleteLineLeft Interface#_deleteLineRight Interface#_deleteRight
Interface#_deleteWordLeft
Interface#_deleteWordRight Interface#_getCursorPos Interface#_getDisplayPos Interface#_historyNext
Interface#_historyPrev
Interface#_insertString Interface#_line Interface#_line_buffer= Interface#_moveCursor Interface#_normalWrite
Interface#_oldPrompt=
Interface#_onLine Interface#_previousKey= Interface#_prompt= Interface#_questionCallback= Interface#_refreshLine
Interface#_sawKeyPress= Interface#_sawReturnAt= Interface#_setRawMode Interface#_tabComplete Interface#_ttyWrite
Interface#_wordLeft Interface#_wordRight Interface#_writeToOutput Interface#clearLine Interface#close
Interface#getPrompt
Interface#pause Interface#prompt Interface#question Interface#resume Interface#setPrompt Interface#setupHistoryManager
Interface#write moveCursor`,
  },
  {
    of: 'readline/promises',
    because: 'reads from the streams that it is given',
    names: `createInterface Interface Interface#question Readline Readline#clearLine Readline#clearScreenDown
Readline#commit
Readline#cursorTo Readline#moveCursor Readline#rollback`,
  },
  {
    of: 'tty',
    because: 'works on a descriptor that is open already',
    names: `isatty ReadStream ReadStream#setRawMode WriteStream WriteStream#_refreshSize WriteStream#clearLine
WriteStream#clearScreenDown
WriteStream#cursorTo WriteStream#getColorDepth WriteStream#getWindowSize WriteStream#hasColors WriteStream#moveCursor`,
  },
  {
    of: 'test',
    because: 'collects and runs tests of this process; snapshots are files that fs opens',
    names: `() after afterEach assert.register before beforeEach describe describe.expectFailure describe.only
describe.skip describe.todo
expectFailure getTestContext mock#fn mock#getter mock#method mock#property mock#reset mock#restoreAll mock#setter only
skip
snapshot.setDefaultSnapshotSerializers snapshot.setResolveSnapshotPath todo`,
  },
  {
    of: 'bench',
    because: 'collects and runs benchmarks of this process',
    names: `() after afterEach before beforeEach createRunner describe only run skip`,
  },
  {
    of: 'sea',
    because: 'reads what is in the executable itself',
    names: `getAsset getAssetAsBlob getAssetKeys getRawAsset isSea`,
  },
  {
    of: 'vm',
    because: 'runs text in this process',
    names: `compileFunction createContext createScript isContext measureMemory runInContext runInNewContext
runInThisContext Script
Script#createCachedData Script#runInContext Script#runInNewContext Script#runInThisContext`,
  },
  {
    of: 'crypto',
    because: 'computes with the keys and bytes that it is given',
    names: `argon2 argon2Sync Certificate Certificate.exportChallenge Certificate.exportPublicKey
Certificate.verifySpkac checkPrime
checkPrimeSync Cipher Cipher#_flush Cipher#_readableState= Cipher#_transform Cipher#_writableState= Cipher#final
Cipher#getAuthTag
Cipher#setAAD Cipher#setAutoPadding Cipher#update Cipheriv Cipheriv#_flush Cipheriv#_readableState= Cipheriv#_transform
Cipheriv#_writableState= Cipheriv#final Cipheriv#getAuthTag Cipheriv#setAAD Cipheriv#setAutoPadding Cipheriv#update
createCipher
createCipheriv createDecipher createDecipheriv createDiffieHellman createDiffieHellmanGroup createECDH createHash
createHmac
createMac createPublicKey createSecretKey createSign createVerify Decipher Decipher#setAuthTag Decipheriv
Decipheriv#setAuthTag
DiffieHellman DiffieHellman#computeSecret DiffieHellman#generateKeys DiffieHellman#getGenerator DiffieHellman#getPrime
DiffieHellman#getPrivateKey DiffieHellman#getPublicKey DiffieHellman#setPrivateKey DiffieHellman#setPublicKey
DiffieHellmanGroup
ECDH ECDH.convertKey ECDH#generateKeys ECDH#getPublicKey ECDH#setPublicKey encapsulate generateKey generateKeyPair
generateKeyPairSync generateKeySync generatePrime generatePrimeSync getCipherInfo getCiphers getCurves getFips
getHashes getMacs
getRandomValues Hash hash Hash#_flush Hash#_transform Hash#copy Hash#digest Hash#update hkdf hkdfSync Hmac Hmac#_flush
Hmac#digest
KeyObject KeyObject#equals KeyObject.from KeyObject#toCryptoKey parsePKCS12 pbkdf2 pbkdf2Sync prng= pseudoRandomBytes=
publicDecrypt publicEncrypt randomBytes randomFill randomFillSync randomInt randomUUID randomUUIDv7 rng= scrypt
scryptSync
secureHeapUsed Sign Sign#_write Sign#update subtle#decapsulateBits subtle#decapsulateKey subtle#decrypt
subtle#deriveBits
subtle#deriveKey subtle#digest subtle#encapsulateBits subtle#encapsulateKey subtle#encrypt subtle#exportKey
subtle#generateKey
subtle#getPublicKey subtle#importKey subtle#sign subtle#unwrapKey subtle#verify subtle#wrapKey timingSafeEqual Verify
verify
Verify#verify webcrypto#getRandomValues webcrypto#randomUUID X509Certificate X509Certificate#checkEmail
X509Certificate#checkHost
X509Certificate#checkIP X509Certificate#checkIssued X509Certificate#checkPrivateKey X509Certificate#toJSON
X509Certificate#toLegacyObject X509Certificate#toString X509Certificate#verify`,
  },
  { of: 'crypto', because: 'changes what OpenSSL computes with; free in Node as well', names: `fips= setFips` },
  {
    of: 'zlib',
    because: 'compresses in memory; archives are files that fs opens',
    names: `BrotliCompress brotliCompress brotliCompressSync BrotliDecompress brotliDecompress brotliDecompressSync
crc32 createBrotliCompress
createBrotliDecompress createDeflate createDeflateRaw createGunzip createGzip createInflate createInflateRaw createUnzip
createZipArchive createZipArchiveSync createZstdCompress createZstdDecompress Deflate deflate Deflate#_destroy
Deflate#_final
Deflate#_flush Deflate#_processChunk Deflate#_transform Deflate#bytesRead= Deflate#close Deflate#flush Deflate#params
Deflate#reset DeflateRaw deflateRaw deflateRawSync deflateSync getMaxZipContentSize gunzip Gunzip gunzipSync gzip Gzip
gzipSync
Inflate inflate inflateRaw InflateRaw inflateRawSync inflateSync setMaxZipContentSize unzip Unzip unzipSync ZipBuffer
ZipBuffer#add ZipBuffer#addEntry ZipBuffer#addSync ZipBuffer#clear ZipBuffer#delete ZipBuffer#entries ZipBuffer#forEach
ZipBuffer#get ZipBuffer#has ZipBuffer#keys ZipBuffer#toBuffer ZipBuffer#toBufferSync ZipBuffer#values ZipEntry
ZipEntry#content
ZipEntry#contentIterator ZipEntry#contentSync ZipEntry.create ZipEntry.createStream ZipEntry.createSymlink
ZipEntry.createSync
ZipEntry.read ZipFile ZipFile#add ZipFile#addEntry ZipFile#addEntrySync ZipFile#addSync ZipFile#close ZipFile#closeSync
ZipFile#compact ZipFile#compactSync ZipFile#delete ZipFile#deleteSync ZipFile#entries ZipFile#entriesSync
ZipFile#forEach
ZipFile#forEachSync ZipFile#get ZipFile#getSync ZipFile#has ZipFile#keys ZipFile#stream ZipFile#values
ZipFile#valuesSync
ZstdCompress zstdCompress zstdCompressSync ZstdDecompress zstdDecompress zstdDecompressSync`,
  },
  {
    of: 'vfs',
    because: 'holds files in memory',
    names: `create MemoryProvider MemoryProvider#chmodSync MemoryProvider#chownSync MemoryProvider#lchmodSync
MemoryProvider#lchownSync
MemoryProvider#link MemoryProvider#linkSync MemoryProvider#lstat MemoryProvider#lstatSync MemoryProvider#lutimesSync
MemoryProvider#mkdir MemoryProvider#mkdirSync MemoryProvider#open MemoryProvider#openSync MemoryProvider#readdir
MemoryProvider#readdirSync MemoryProvider#readlink MemoryProvider#readlinkSync MemoryProvider#realpath
MemoryProvider#realpathSync
MemoryProvider#rename MemoryProvider#renameSync MemoryProvider#rmdir MemoryProvider#rmdirSync MemoryProvider#setReadOnly
MemoryProvider#stat MemoryProvider#statSync MemoryProvider#symlink MemoryProvider#symlinkSync MemoryProvider#unlink
MemoryProvider#unlinkSync MemoryProvider#unwatchFile MemoryProvider#utimesSync MemoryProvider#watch
MemoryProvider#watchAsync
MemoryProvider#watchFile registerProvider ZipProvider ZipProvider#close ZipProvider#closeSync ZipProvider#mkdir
ZipProvider#mkdirSync ZipProvider#open ZipProvider#openSync ZipProvider#readdir ZipProvider#readdirSync
ZipProvider#rename
ZipProvider#renameSync ZipProvider#rmdir ZipProvider#rmdirSync ZipProvider#stat ZipProvider#statSync ZipProvider#unlink
ZipProvider#unlinkSync`,
  },
  {
    of: 'vfs',
    because: 'hands each call on to providers that it was made with, or names the root of what is mounted',
    names: `vfsBase ComposableProvider ComposableProvider#openSync ComposableProvider#open ComposableProvider#statSync
ComposableProvider#stat ComposableProvider#lstatSync ComposableProvider#lstat ComposableProvider#readdirSync
ComposableProvider#readdir ComposableProvider#mkdirSync ComposableProvider#mkdir ComposableProvider#unlinkSync
ComposableProvider#unlink ComposableProvider#rmdirSync ComposableProvider#rmdir ComposableProvider#renameSync
ComposableProvider#rename ComposableProvider#copyFileSync ComposableProvider#copyFile ComposableProvider#linkSync
ComposableProvider#link ComposableProvider#symlinkSync ComposableProvider#symlink ComposableProvider#readlinkSync
ComposableProvider#readlink ComposableProvider#realpathSync ComposableProvider#realpath ComposableProvider#accessSync
ComposableProvider#access ComposableProvider#chmodSync ComposableProvider#lchmodSync ComposableProvider#chownSync
ComposableProvider#lchownSync ComposableProvider#utimesSync ComposableProvider#lutimesSync ComposableProvider#watch
ComposableProvider#watchAsync ComposableProvider#watchFile ComposableProvider#unwatchFile`,
  },
  {
    of: 'vfs',
    because: 'answers for a provider: a subclass, or one whose methods are tried',
    names: `RealFSProvider RealFSProvider#lchmodSync RealFSProvider#unwatchFile VirtualFileSystem
VirtualFileSystem#chmodSync
VirtualFileSystem#chownSync VirtualFileSystem#close VirtualFileSystem#closeSync VirtualFileSystem#existsSync
VirtualFileSystem#fstat VirtualFileSystem#fstatSync VirtualFileSystem#ftruncate VirtualFileSystem#ftruncateSync
VirtualFileSystem#lchownSync VirtualFileSystem#link VirtualFileSystem#linkSync VirtualFileSystem#lutimesSync
VirtualFileSystem#read VirtualFileSystem#readSync VirtualFileSystem#shouldHandleNormalized VirtualFileSystem#unmount
VirtualFileSystem#unwatchFile VirtualFileSystem#utimesSync VirtualFileSystem#write VirtualFileSystem#writeSync
VirtualProvider
VirtualProvider#access VirtualProvider#accessSync VirtualProvider#copyFile VirtualProvider#copyFileSync
VirtualProvider#exists
VirtualProvider#existsSync VirtualProvider#lchownSync VirtualProvider#link VirtualProvider#linkSync
VirtualProvider#lstat
VirtualProvider#lstatSync VirtualProvider#mkdir VirtualProvider#mkdirSync VirtualProvider#open VirtualProvider#openSync
VirtualProvider#readdir VirtualProvider#readdirSync VirtualProvider#readlink VirtualProvider#readlinkSync
VirtualProvider#realpath
VirtualProvider#realpathSync VirtualProvider#rename VirtualProvider#renameSync VirtualProvider#rmdir
VirtualProvider#rmdirSync
VirtualProvider#stat VirtualProvider#statSync VirtualProvider#symlink VirtualProvider#symlinkSync VirtualProvider#unlink
VirtualProvider#unlinkSync VirtualProvider#unwatchFile VirtualProvider#watch VirtualProvider#watchAsync VirtualProvider#watchFile`,
  },
  {
    of: 'globalThis',
    because: 'makes values, events and messages within the process',
    names: `AbortController AbortController#abort AbortSignal AbortSignal.abort AbortSignal.any AbortSignal#onabort=
AbortSignal#throwIfAborted AbortSignal.timeout Crypto CryptoKey CustomEvent DOMException ErrorEvent Event
Event#cancelBubble=
Event#composedPath Event#initEvent Event#preventDefault Event#stopImmediatePropagation Event#stopPropagation
EventSource#close
EventSource#onerror= EventSource#onmessage= EventSource#onopen= FormData FormData#append FormData#delete
FormData#entries
FormData#forEach FormData#get FormData#getAll FormData#has FormData#keys FormData#set FormData#values Headers
Headers#append
Headers#delete Headers#entries Headers#forEach Headers#get Headers#getSetCookie Headers#has Headers#keys Headers#set
Headers#values MessageEvent Navigator queueMicrotask QuotaExceededError Request Request#arrayBuffer Request#blob
Request#bytes
Request#clone Request#formData Request#json Request#text Request#textStream Response Response#arrayBuffer Response#blob
Response#bytes Response#clone Response.error Response#formData Response.json Response#json Response.redirect
Response#text
Response#textStream structuredClone SubtleCrypto SubtleCrypto.supports`,
  },
  {
    of: 'globalThis',
    because: 'works in the file of --localstorage-file, which needs the write grant at start',
    names: `Storage Storage#clear Storage#getItem Storage#key Storage#removeItem Storage#setItem`,
  },
  {
    of: 'globalThis',
    because: 'works on a thread that could be started only under the policy',
    names: `Worker#onerror= Worker#onmessage= Worker#onmessageerror= Worker#postMessage Worker#terminate`,
  },
];

/** Functions that are refused without an error: what a row of the census gets instead. */
export const SILENT = {
  'fs.exists': { program: 'fs-path', row: 'exists() callback N/f.txt', value: 'false' },
  'fs.glob': { program: 'fs-path', row: 'glob(absolute) callback N/*.txt', value: '[]' },
  'fs.globSync': { program: 'fs-path', row: 'glob(absolute) sync N/*.txt', value: '[]' },
  'fs/promises.glob': { program: 'fs-path', row: 'glob(absolute) promise N/*.txt', value: '[]' },
  'module.enableCompileCache': { program: 'fs-module', row: 'enableCompileCache sync N', value: '"status 0"' },
};

/**
 * Functions that should be refused and are not, found by looking at every export. None may stay
 * here.
 */
export const HOLES = {};

/** Modules that Node has in its source, and in none of the builds that the suite runs on. */
export const NOT_BUILT = ['dtls', 'quic'];
