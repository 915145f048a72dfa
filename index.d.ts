/** A scope that can be asked about and given up. */
export type Scope =
  | 'fs'
  | 'fs.read'
  | 'fs.write'
  | 'net'
  | 'net.connect'
  | 'net.listen'
  | 'net.resolve'
  | 'child'
  | 'worker'
  | 'addon'
  | 'addons'
  | 'wasi'
  | 'ffi'
  | 'inspector'
  | 'openssl.store'
  | 'env';

/** What a scope is asked about: a path for `fs.*` and `addon`, `host:port` for `net.*`, a command line for `child`. */
export type Reference = string | Uint8Array | URL | null;

/** One grant of a policy file: its text, or that with why it is there and the day (UTC) from which it grants nothing. */
export type Grant = string | { grant: string; reason?: string; since?: string; expires?: string };

/** One denial of a policy file. */
export type Denial = string | { deny: string; reason?: string };

/** The `"permission"` object of a policy file, and the option `permission` of a worker. The keys are the flags' names. */
export interface Rules {
  'permission'?: true;
  /** Nothing is refused: what would be goes on and is recorded. `permission-audit` is Node's name for it. */
  'audit'?: boolean;
  'permission-audit'?: boolean;
  /** Where records go, as JSON lines: a file, from the policy file on, or `stderr`. */
  'audit-log'?: string;
  /** Records have the stack of the call. */
  'audit-stack'?: boolean;
  /** A policy file of which it is recorded what it would refuse. */
  'report-only'?: string;
  'allow-fs-read'?: Grant | Grant[];
  'allow-fs-write'?: Grant | Grant[];
  'allow-net'?: boolean | Grant | Grant[];
  'allow-net-connect'?: boolean | Grant | Grant[];
  'allow-net-listen'?: boolean | Grant | Grant[];
  'allow-net-resolve'?: boolean | Grant | Grant[];
  'allow-child-process'?: boolean | Grant | Grant[];
  'allow-worker'?: boolean;
  'allow-addons'?: boolean | Grant | Grant[];
  'allow-wasi'?: boolean;
  'allow-ffi'?: boolean;
  'allow-inspector'?: boolean;
  'allow-openssl-store'?: boolean;
  'allow-env'?: boolean | Grant | Grant[];
  'allow-fs-vfs'?: boolean;
  'deny-fs-read'?: Denial | Denial[];
  'deny-fs-write'?: Denial | Denial[];
  'deny-net'?: boolean | Denial | Denial[];
  'deny-net-connect'?: boolean | Denial | Denial[];
  'deny-net-listen'?: boolean | Denial | Denial[];
  'deny-net-resolve'?: boolean | Denial | Denial[];
  'deny-child-process'?: boolean | Denial | Denial[];
  'deny-worker'?: boolean;
  'deny-addons'?: boolean | Denial | Denial[];
  'deny-wasi'?: boolean;
  'deny-ffi'?: boolean;
  'deny-inspector'?: boolean;
  'deny-openssl-store'?: boolean;
  'deny-env'?: boolean | Denial | Denial[];
  /** `follow`: a path is granted by its name alone, wherever a link in it leads. `resolve` is the default. */
  'symlinks'?: 'resolve' | 'follow';
  'profiles'?: Record<string, Omit<Rules, 'profiles'> & { extends?: string }>;
}

/** The error of a refused call. */
export interface AccessDenied extends Error {
  code: 'ERR_ACCESS_DENIED';
  /** The permission that is missing, in Node's spelling: `FileSystemRead`, `Net`, … */
  permission: string;
  /** What was asked for, as the caller spelled it. */
  resource: string;
  /** The smallest flag that would allow the call. Not there when nothing would: it was denied or dropped. */
  grant?: string;
}

/** `process.permission`. */
export interface Permission {
  /**
   * Is it granted? Without a reference: is the whole scope granted, with nothing withheld? False for a scope that
   * does not exist, for `null` and for an empty reference.
   *
   * Throws `ERR_INVALID_ARG_TYPE` for a scope that is no string and a reference that is no string, `Uint8Array`
   * or `URL`.
   */
  has(scope: Scope | (string & {}), reference?: Reference): boolean;
  /**
   * Gives up a scope, or the part of it that the reference names with all below it, for good: on this thread, on
   * its live workers, and on every worker and Node child that starts later. What is open stays open.
   *
   * Throws like `has`. A scope that does not exist is ignored.
   */
  drop(scope: Scope | (string & {}), reference?: Reference): void;
  /** What holds this thread, and how it started. */
  status(): Status;
  /**
   * What this process has asked its policy, in the text format of Prometheus: `permit_checks_total{scope,decision}` over all
   * threads, `permit_policy_info`, `permit_records_total`, `permit_records_dropped_total`. No label carries a path or a host.
   */
  metrics(): string;
}

/**
 * The same object as `process.permission`. Importing it throws unless permit was preloaded: with
 * `node -r @org/permit`, `--import @org/permit` or by `NODE_OPTIONS`.
 */
export declare const permission: Permission;

declare module 'worker_threads' {
  interface WorkerOptions {
    /**
     * What the worker may do, at most what the thread that makes it may do. Its script may be read. Without it the worker
     * may do all that its maker may. What cannot be read in full throws `ERR_INVALID_ARG_VALUE`.
     */
    permission?: Omit<Rules, 'audit-log' | 'audit-stack' | 'report-only'>;
  }
}

declare global {
  namespace NodeJS {
    // The type that @types/node gives to `process.permission`: its `has` is one overload, this is the other.
    interface ProcessPermission {
      has(scope: Scope | (string & {}), reference?: Reference): boolean;
      drop(scope: Scope | (string & {}), reference?: Reference): void;
      status(): Status;
      metrics(): string;
    }
  }
}

/** The layers that guard a thread. */
export interface Layers {
  /** True if the functions of Node that reach the system ask the policy. */
  hooks: boolean
  /** True if the kernel enforces the policy as well. */
  kernel: boolean
}

/** The policy of this thread, and how the process started. */
export interface Status {
  /** Whether a call that the policy does not allow is refused, or only recorded. */
  mode: 'enforce' | 'audit'
  /** The target of records: an absolute path, or `stderr`. Absent without `--audit-log`. */
  auditLog?: string
  /** The number of calls that this process has recorded. */
  records: number
  /** The number of records that found no room in the log. */
  recordsDropped: number
  /** The layers that guard the thread. */
  layers: Layers
  /** SHA-256 of the policy as it stands, drops included. */
  policyHash: string
  /** The sources of the policy, in the order in which permit read them. */
  sources: Array<string>
  /** The preloads that ran before permit, and so without a policy. */
  unguardedPreloads: Array<string>
  /**
   * The lines that permit printed at start: grants that have expired, grants that grant nothing
   * by their spelling.
   */
  notices: Array<string>
}
