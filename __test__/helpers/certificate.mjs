// A certificate of a test's own: made when it is needed, so no key lies in the repository and none
// runs out.
import { generateKeyPairSync, sign } from 'node:crypto';

const tagged = (tag, ...parts) => {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  return Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 0xff]), content]);
};
const sequence = (...parts) => tagged(0x30, ...parts);
const octets = (...bytes) => Buffer.from(bytes);
const ALGORITHM = sequence(octets(0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2)); // ecdsa-with-SHA256
const name = (text) => sequence(tagged(0x31, sequence(octets(0x06, 3, 0x55, 4, 3), tagged(0x0c, Buffer.from(text)))));
const time = (date) => tagged(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));

/** `{ key, cert }` in PEM, for these DNS names and signed by itself. */
export function certificate(...names) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [day, now] = [86_400_000, Date.now()];
  const alternatives = sequence(...names.map((text) => tagged(0x82, Buffer.from(text))));
  const extension = sequence(octets(0x06, 3, 0x55, 0x1d, 0x11), tagged(0x04, alternatives));
  const body = sequence(
    tagged(0xa0, octets(0x02, 1, 2)),
    octets(0x02, 1, 1),
    ALGORITHM,
    name(names[0]),
    sequence(time(new Date(now - day)), time(new Date(now + day))),
    name(names[0]),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(extension)),
  );
  const whole = sequence(body, ALGORITHM, tagged(0x03, octets(0), sign('sha256', body, privateKey)));
  const lines = whole
    .toString('base64')
    .match(/.{1,64}/g)
    .join('\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}
