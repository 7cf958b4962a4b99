// The installer's page: one view at a time, named by the fragment of the address. What is entered becomes steps
// of the queue, whether there is a connection or not.
import { mark, pick, placeIn } from "./floorplan.js";
import { Queue, newId } from "./installer-queue.js";
import { titleOf } from "./installer-steps.js";
import { codeIn, offer, stop } from "./scan.js";

const root = document.querySelector("[data-installer]");
const org = root.dataset.org;
const queue = new Queue(org);
const view = (name) => root.querySelector(`[data-view="${name}"]`);
const VIEWS = [...root.querySelectorAll("[data-view]")].map((one) => one.dataset.view);
const LONGEST = 2048; // pixels; the server keeps no more
const DAY = 86_400;
const NEW_SITE = "\n"; // no site is called so
const TYPES = { ap: "AP", switch: "Switch", gateway: "WAN Edge" };
const STATES = { waiting: ["idle", "Waiting"], sent: ["ok", "Sent"], refused: ["bad", "Refused"] };

// The device at hand: { job, code, mac, name, site, lastSite }; a reload goes on with it.
let current = {};
let owner = null; // whose it is
let mending = []; // ids of steps that what is entered now replaces
let photo = null;

const make = (name, text, properties = {}) => Object.assign(document.createElement(name), { textContent: text, ...properties });
const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const waits = (count, one, many = `${one}s`) => (count === 1 ? `1 ${one} waits` : `${count} ${many} wait`);
const claimOf = (job) => queue.steps.find((step) => step.kind === "claim" && step.job === job);
const known = (mac) => queue.state?.devices?.find((device) => device.mac === mac);
const inJob = () => queue.steps.filter(({ job }) => job === current.job);

function device() {
  const unit = claimOf(current.job)?.unit;
  const mac = current.mac ?? unit?.mac;
  return { ...unit, ...known(mac), ...(mac ? { mac } : {}) };
}

function heading() {
  const { model, mac, name } = device();
  return [name || current.name, model, mac?.match(/../g).join(":") ?? current.code].filter(Boolean).join(" · ");
}

async function use(next) {
  current = { lastSite: current.lastSite, ...next };
  await queue.keep(`current ${queue.owner}`, current);
}

// Somebody else logged in, or the first one was recognized: what was at hand is theirs, not the other's.
async function recognize() {
  if (queue.owner === owner) return draw();
  const first = owner === null;
  owner = queue.owner;
  if (!first) current = {};
  const kept = (await queue.kept(`current ${owner}`)) ?? {};
  // What was begun while the browser looked is newer than what it kept.
  if (first && current.job) return draw();
  current = kept;
  // The first answer of the server must not empty the form that is being filled in meanwhile.
  if (!first || view("claim").hidden) return show();
  claimSites(view("claim"));
  draw();
}

// -- drawing

function draw() {
  const { state } = queue;
  notice();
  view("list").querySelector("[data-grace]").textContent = !state?.days ? ""
    : state.bound ? `You can change a device for ${plural(state.days, "day")} after it is claimed.` : "";
  drawSteps(root.querySelector("[data-steps]"), queue.steps);
  root.querySelector("[data-queue]").hidden = queue.steps.length === 0;
  drawSteps(root.querySelector("[data-own-steps]"), inJob());
  const devices = state?.devices ?? [];
  redraw(root.querySelector("[data-devices]"), devices, row);
  root.querySelector("[data-none]").hidden = devices.length > 0 || !state?.days;
  for (const place of root.querySelectorAll("[data-device]")) place.textContent = heading();
  drawDevice();
}

function notice() {
  const waiting = queue.steps.filter(({ status }) => status !== "sent").length;
  const lines = [];
  if (queue.mode === "offline" && queue.asked === false) lines.push(make("p", "No connection. What you do is kept on this phone and sent when it is back.", { className: "banner warn" }));
  if (queue.mode === "login") {
    const line = make("p", waiting ? `You are signed out. ${waits(waiting, "change")} on this phone; nothing is lost. ` : "You are signed out. ", { className: "banner warn" });
    line.append(make("a", "Log in", { href: `/login?next=${encodeURIComponent(`/orgs/${org}/installer`)}` }));
    lines.push(line);
  }
  if (queue.mode === "denied") lines.push(make("p", "Your role does not allow this here any more.", { className: "banner bad" }));
  if (queue.foreign) lines.push(make("p", `${waits(queue.foreign, "change of somebody else", "changes of somebody else")} on this phone, until that person logs in.`, { className: "banner" }));
  const place = root.querySelector("[data-notice]");
  if (place.textContent !== lines.map((line) => line.textContent).join("")) place.replaceChildren(...lines);
}

// Left alone while nothing changed, so that nobody loses the place in it.
const drawn = new WeakMap();
function redraw(list, entries, draw) {
  const text = JSON.stringify(entries);
  if (drawn.get(list) === text) return;
  drawn.set(list, text);
  list.replaceChildren(...entries.map(draw));
}

function drawSteps(list, steps) {
  redraw(list, steps.toReversed(), (step) => {
    const item = root.querySelector("[data-step]").content.firstElementChild.cloneNode(true);
    const [tone, word] = STATES[step.status];
    item.dataset.status = step.status;
    item.querySelector("[data-title]").textContent = titleOf(step);
    const state = item.querySelector("[data-state]");
    state.classList.add(tone);
    state.textContent = word;
    const reason = item.querySelector("[data-reason]");
    reason.hidden = !step.reason;
    reason.textContent = step.reason ?? "";
    item.querySelector("[data-mending]").hidden = step.status !== "refused";
    item.querySelector("[data-mend]").addEventListener("click", () => mend(step));
    item.querySelector("[data-discard]").addEventListener("click", () => queue.discard(step));
    return item;
  });
}

function row(one) {
  const item = root.querySelector("[data-row]").content.firstElementChild.cloneNode(true);
  item.querySelector("[data-name]").textContent = one.name ?? `Unnamed ${one.model}`;
  item.querySelector("[data-where]").textContent = [one.model, one.site_name ?? "Not placed"].join(" · ");
  item.querySelector("[data-left]").textContent = left(one);
  item.querySelector("a").addEventListener("click", () => use({ job: one.mac, mac: one.mac }).then(draw));
  return item;
}

function left({ claimed_time: claimed }) {
  if (!queue.state.bound) return "";
  const seconds = claimed + queue.state.days * DAY - Date.now() / 1000;
  if (seconds <= 0) return "The time to change it is over";
  const time = seconds < DAY ? plural(Math.ceil(seconds / 3600), "hour") : plural(Math.ceil(seconds / DAY), "day");
  return `${time} left to change this device`;
}

function drawDevice() {
  const one = device();
  // The facts below say the rest.
  view("device").querySelector("[data-called]").textContent = one.name || current.name || `Unnamed ${one.model ?? "device"}`;
  const facts = { Model: one.model, MAC: one.mac?.match(/../g).join(":"), Serial: one.serial, Site: one.site_name ?? "Not placed", "Device profile": one.deviceprofile_name ?? "None", Photos: String(photosOf(one)), Time: one.claimed_time ? left(one) : "" };
  view("device").querySelector("[data-facts]").replaceChildren(...Object.entries(facts).filter(([, value]) => value).map(([name, value]) => {
    const group = document.createElement("div");
    group.append(make("dt", name), make("dd", value));
    return group;
  }));
  root.querySelector("[data-unassign]").hidden = !one.site_name;
}

const photosOf = (one) => [1, 2, 3].filter((number) => one[`image${number}_url`]).length;

function options(select, entries, chosen) {
  select.replaceChildren(...entries.map(([value, text]) => make("option", text, { value, selected: value === chosen })));
}

// -- the views

let shown = null;
function show() {
  const wanted = location.hash.slice(1);
  const name = VIEWS.includes(wanted) && (wanted === "claim" || current.job) ? wanted : "list";
  if (name !== "claim") stop();
  for (const one of VIEWS) view(one).hidden = one !== name;
  for (const problem of root.querySelectorAll("[data-problem]")) problem.textContent = "";
  OPENED[name]?.(view(name));
  draw();
  if (shown !== null) view(name).querySelector("h1").focus();
  if (shown !== name) scrollTo(0, 0);
  shown = name;
}

const OPENED = {
  list: () => { mending = []; },
  claim(form) {
    if (!mending.length) form.reset();
    claimSites(form);
    offer(form.querySelector("[data-scan]"));
  },
  place(form) {
    const one = device();
    const wish = Object.assign({}, ...inJob().filter(({ kind, status }) => kind === "place" && status !== "sent").map(({ data }) => data));
    form.reset();
    form.elements.name.value = wish.name ?? one.name ?? "";
    const queued = queue.steps.filter(({ kind, status }) => kind === "site" && status !== "sent").map(({ data }) => data.name);
    const names = [...new Set([...(queue.state?.sites ?? []).map(({ name }) => name), ...queued])];
    const sites = names.map((name) => [name, name]);
    if (queue.state?.makes_sites) sites.push([NEW_SITE, "New site…"]);
    options(form.elements.site, [["", "Not yet"], ...sites], one.site_name ?? wish.site_name ?? current.lastSite);
    // A placed device stays where it is until it is taken from its site.
    form.elements.site.disabled = Boolean(one.site_name);
    options(form.elements.profile, [["", "None"], ...profiles(one.type)], wish.deviceprofile_name ?? one.deviceprofile_name);
    options(form.elements.rftemplate_name, [["", "None"], ...(queue.state?.rftemplates ?? []).map((name) => [name, name])]);
    options(form.elements.sitegroup_name, [["", "None"], ...(queue.state?.sitegroups ?? []).map((name) => [name, name])]);
    newSite(form);
    floors(form, { ...one, ...wish });
  },
  photo(form) {
    photo = null;
    form.reset();
    form.querySelector("canvas").hidden = true;
    form.querySelector("[type=submit]").disabled = true;
  },
};

function profiles(type) {
  const all = queue.state?.profiles ?? {};
  if (type) return (all[type] ?? []).map((name) => [name, name]);
  // Before it is claimed nobody knows what the device is.
  return Object.entries(all).flatMap(([kind, names]) => names.map((name) => [name, `${name} (${TYPES[kind]})`]));
}

// A role that is limited to several sites claims straight to one of them.
function claimSites(form) {
  const sites = queue.state?.sites ?? [];
  form.querySelector("[data-claim-site]").hidden = !(queue.state?.claims_at_site && sites.length > 1);
  options(form.elements.site_id, sites.map(({ id, name }) => [id, name]));
}

function newSite(form) {
  const fields = form.querySelector("[data-new-site]");
  const wanted = !form.elements.site.disabled && form.elements.site.value === NEW_SITE;
  fields.hidden = !wanted;
  fields.disabled = !wanted;
}

const fieldsOf = (form) => [form.elements.x, form.elements.y];
const mapsOf = (form) => queue.state?.sites?.find(({ name }) => name === form.elements.site.value)?.maps?.filter(({ width, height }) => width && height) ?? [];
const mapOf = (form) => mapsOf(form).find(({ id }) => id === form.elements.map.value);

// The floorplans of the chosen site; `was` is where the device is, or was to be.
function floors(form, was = {}) {
  const maps = mapsOf(form);
  options(form.elements.map, [["", "None"], ...maps.map(({ id, name }) => [id, name])], was.map_id);
  form.querySelector("[data-floor]").hidden = maps.length === 0;
  plan(form, was);
}

function plan(form, was = {}) {
  const chosen = mapOf(form);
  const box = form.querySelector("[data-plan]");
  box.hidden = !chosen;
  if (!chosen) return;
  const { width, height, ppm, picture } = chosen;
  const drawing = box.querySelector("svg");
  const image = drawing.querySelector("image");
  drawing.dataset.scale = ppm ?? 1;
  drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
  drawing.querySelector("[data-target]").setAttribute("r", Math.max(width, height) / 50);
  for (const [name, value] of Object.entries({ width, height, href: picture ?? "" })) image.setAttribute(name, value);
  box.querySelector("[data-unit]").textContent = ppm ? "metres" : "pixels";
  fieldsOf(form).forEach((field) => {
    const at = was.map_id === chosen.id ? was[field.name] : null;
    field.value = at == null ? "" : (at / drawing.dataset.scale).toFixed(2);
  });
  mark(drawing, fieldsOf(form));
}

// -- what is entered

async function claim(form) {
  const code = codeIn(form.elements.code.value);
  if (!code) return problem(form, "This is no claim code: it has 15 letters and digits.");
  if (!queue.owner) await queue.first;
  if (!queue.owner) return problem(form, "Log in first: nobody knows yet whose change this is.");
  const same = ({ id, kind, data, status }) => kind === "claim" && status !== "sent" && !mending.includes(id) && data.code === code;
  if (queue.steps.some(same)) return problem(form, "This code is among your changes already.");
  const site = form.elements.site_id.closest("[data-claim-site]").hidden ? {} : { site_id: form.elements.site_id.value };
  const job = mending.length ? current.job : newId();
  await use({ job, code });
  await queue.add([{ job, kind: "claim", data: { code, ...site } }], mending);
  mending = [];
  location.hash = inJob().some(({ kind, status }) => kind === "place" && status !== "sent") ? "done" : "place";
}

async function place(form) {
  const { name, site, new_name: made, profile } = form.elements;
  const { job } = current;
  const { mac } = device();
  const chosen = site.disabled ? "" : site.value === NEW_SITE ? made.value.trim() : site.value;
  const floor = mapOf(form);
  const at = floor && placeIn(form.querySelector("svg"), fieldsOf(form));
  if (floor && !at) return problem(form, "Tap the floorplan where the device is, or choose None.");
  const spot = floor ? { map_id: floor.id, ...at } : {};
  const wish = { name: name.value.trim(), ...(chosen && { site_name: chosen }), ...(profile.value && { deviceprofile_name: profile.value }), ...spot };
  const steps = [{ job, kind: "place", data: { ...wish, ...(mac && { mac }) } }];
  if (chosen && site.value === NEW_SITE) steps.unshift({ job, kind: "site", data: siteOf(form, chosen) });
  const open = inJob().filter(({ kind, status }) => status !== "sent" && (kind === "place" || kind === "site"));
  await use({ ...current, name: wish.name, lastSite: chosen || current.lastSite });
  await queue.add(steps, open.map(({ id }) => id));
  mending = [];
  location.hash = "photo";
}

function siteOf(form, name) {
  const { address, country_code: country, rftemplate_name: template, sitegroup_name: group } = form.elements;
  return {
    name,
    address: address.value.trim(),
    country_code: country.value.toUpperCase(),
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...(template.value && { rftemplate_name: template.value }),
    ...(group.value && { sitegroup_names: [group.value] }),
  };
}

async function keepPhoto(form) {
  const one = device();
  const queued = inJob().filter(({ id, kind, status }) => kind === "photo" && status !== "sent" && !mending.includes(id)).map(({ data }) => data.number);
  const number = [1, 2, 3].find((each) => !one[`image${each}_url`] && !queued.includes(each));
  if (!number) return problem(form, "There are three photos already.");
  const data = { number, name: one.name ?? current.name ?? current.code ?? one.mac, ...(one.mac && { mac: one.mac }) };
  await queue.add([{ job: current.job, kind: "photo", data, blob: photo }], mending);
  mending = [];
  location.hash = "done";
}

// Smaller than phones take it: it waits on the phone, and travels over slow connections.
async function preview(form) {
  const [file] = form.elements.photo.files;
  const canvas = form.querySelector("canvas");
  form.querySelector("[type=submit]").disabled = true;
  if (!file) return;
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return problem(form, "This is no photo that the browser can read.");
  }
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  photo = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.85); });
  canvas.hidden = false;
  problem(form, "");
  form.querySelector("[type=submit]").disabled = false;
}

async function mend(step) {
  const { job, kind, data } = step;
  await use({ job, code: claimOf(job)?.data.code ?? data.code, mac: data.mac, name: data.name });
  mending = [step.id];
  if (kind === "unassign") return queue.add([{ job, kind, data }], mending);
  location.hash = kind === "site" ? "place" : kind;
  if (kind === "claim") view("claim").elements.code.value = data.code;
}

async function unassign() {
  const one = device();
  await queue.add([{ job: current.job, kind: "unassign", data: { mac: one.mac, name: one.name ?? one.mac } }]);
  location.hash = "";
}

function problem(form, text) {
  form.querySelector("[data-problem]").textContent = text;
}

const SUBMITTED = { claim, place, photo: keepPhoto };
let busy = false; // a second tap while the first is being kept

root.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (busy) return;
  busy = true;
  try {
    await SUBMITTED[event.target.dataset.view](event.target);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    problem(event.target, "The browser has no room to keep this. Send what waits, or free some space, and try again.");
  } finally {
    busy = false;
  }
});
root.addEventListener("scanned", (event) => {
  const form = view("claim");
  form.elements.code.value = event.detail.code;
  stop();
  form.requestSubmit();
});
view("place").elements.site.addEventListener("change", () => { newSite(view("place")); floors(view("place")); });
view("place").elements.map.addEventListener("change", () => plan(view("place")));
pick(view("place").querySelector("svg"), fieldsOf(view("place")));
view("photo").elements.photo.addEventListener("change", () => preview(view("photo")));
root.querySelector("[data-unassign]").addEventListener("click", unassign);
queue.addEventListener("change", recognize);
addEventListener("hashchange", show);

if (navigator.serviceWorker) {
  const page = `/orgs/${org}/installer`;
  navigator.serviceWorker.register(`${page}/worker.js`, { scope: page });
}
root.hidden = false;
queue.open().then(show, () => {
  root.querySelector("[data-notice]").replaceChildren(make("p", "This browser keeps nothing for pages, as in private windows. Open the page in an ordinary one.", { className: "banner bad" }));
});
