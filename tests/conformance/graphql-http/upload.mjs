// Uploads images as the GraphQL multipart request specification has it, one alone and two in a batch, and reads them back.
//
//   node upload.mjs http://127.0.0.1:8080/graphql ACCOUNT ["Bearer TOKEN"]

const [url, accountId, authorization] = process.argv.slice(2);
if (url === undefined || accountId === undefined) {
  console.error('usage: node upload.mjs URL ACCOUNT [AUTHORIZATION]');
  process.exit(2);
}

const query = `mutation ($input: UploadImageInput!) {
  uploadImage(input: $input) { image { name url mediaType size } }
}`;
const operation = () => ({ query, variables: { input: { accountId, file: null } } });
const image = byte => new Blob([new Uint8Array([0xff, 0xd8, 0xff, 0xe0, byte, 0xff, 0xd9])], { type: 'image/jpeg' });

/** Sends the parts in the order of the specification: operations, map, files. */
async function send(operations, map, files) {
  const form = new FormData();
  form.append('operations', JSON.stringify(operations));
  form.append('map', JSON.stringify(map));
  for (const [part, { name, blob }] of Object.entries(files)) form.append(part, blob, name);
  const headers = authorization === undefined ? {} : { authorization };
  const response = await fetch(url, { method: 'POST', body: form, headers });
  return response.json();
}

function same(actual, expected) {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
  }
}

/** That the answer tells of the file that was sent, and that the file is at its address. */
async function kept(answer, { name, blob }) {
  const { url: address, ...told } = answer.data?.uploadImage?.image ?? answer;
  same(told, { name, mediaType: 'image/jpeg', size: blob.size });
  const file = await fetch(address);
  same([file.status, file.headers.get('content-type')], [200, 'image/jpeg']);
  same([...new Uint8Array(await file.arrayBuffer())], [...new Uint8Array(await blob.arrayBuffer())]);
}

const files = [1, 2, 3].map(byte => ({ name: `图 ${byte}.jpg`, blob: image(byte) }));
await kept(await send(operation(), { 0: ['variables.input.file'] }, { 0: files[0] }), files[0]);

const batch = { a: ['1.variables.input.file'], b: ['0.variables.input.file'] };
const answers = await send([operation(), operation()], batch, { a: files[2], b: files[1] });
same(answers.length, 2);
await kept(answers[0], files[1]);
await kept(answers[1], files[2]);
console.log('3 files uploaded and read back');
