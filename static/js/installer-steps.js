// What an installer's steps are called, and what each asks of the server (API: installer).
// A step is { kind, data, blob }; those that are about a claimed device have its address in data.mac.
const json = (method, path, body) => ({ path, options: { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } } });

const KINDS = {
  claim: {
    title: ({ code }) => `Claim ${code}`,
    call: ({ code, site_id }) => json("POST", `/devices${site_id ? `?site_id=${site_id}` : ""}`, [code]),
  },
  site: {
    title: ({ name }) => `Make the site ${name}`,
    call: (data) => json("PUT", `/sites/${encodeURIComponent(data.name)}`, data),
  },
  place: {
    title: ({ name, site_name }) => (site_name ? `Place ${name} at ${site_name}` : `Name ${name}`),
    call: ({ mac, ...wish }) => json("PUT", `/devices/${mac}`, wish),
  },
  photo: {
    title: ({ name, number }) => `Photo ${number} of ${name}`,
    call: ({ mac, number }, blob) => ({ path: `/devices/${mac}/image${number}`, options: { method: "POST", body: form(blob), headers: {} } }),
  },
  unassign: {
    title: ({ name }) => `Take ${name} from its site`,
    call: ({ mac }) => ({ path: `/devices/${mac}`, options: { method: "DELETE", headers: {} } }),
  },
};
const ABOUT_DEVICE = ["place", "photo", "unassign"];

function form(blob) {
  const data = new FormData();
  data.append("file", blob, "photo.jpg");
  return data;
}

export const titleOf = ({ kind, data }) => KINDS[kind].title(data);

// A device that is not claimed yet has no address to send to.
export const isReady = ({ kind, data }) => !ABOUT_DEVICE.includes(kind) || Boolean(data.mac);

export async function send(org, { kind, data, blob, key }, csrf) {
  const { path, options } = KINDS[kind].call(data, blob);
  options.headers = { ...options.headers, Accept: "application/json", "Idempotency-Key": key, "X-CSRFToken": csrf };
  const response = await fetch(`/api/v1/installer/orgs/${org}${path}`, options);
  const body = response.headers.get("Content-Type")?.startsWith("application/json") ? await response.json() : {};
  return outcome(response, body);
}

// sent: it is done. login: nobody is signed in. later: the server was not able to say. refused: with the reason.
function outcome({ ok, status }, body) {
  if (ok) return { is: "sent", body };
  if (status === 401) return { is: "login" };
  const expired = status === 403 && body.detail?.startsWith("CSRF Failed");
  if (status === 408 || status === 429 || status >= 500 || expired) return { is: "later" };
  return { is: "refused", reason: reasonIn(body) };
}

function reasonIn({ reason, error, fields, detail }) {
  if (Array.isArray(reason)) return `${error?.[0] ?? "The code"} ${reason[0]}`;
  if (fields) return Object.entries(fields).map(([name, problem]) => `${name.replaceAll("_", " ")} ${problem}`).join("; ");
  return detail ?? "The server refused it.";
}
