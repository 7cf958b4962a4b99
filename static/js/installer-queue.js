// The steps of an installer, kept in the browser until the server has done them. Each belongs to the person
// who made it and is sent under a key of its own, so that a repeated one is done once; those of one device (a
// job) are sent in order, and wait when one before them was refused. Tells of changes by `change` events.
import { isReady, send } from "./installer-steps.js";

const AGAIN = 10_000; // milliseconds
const SHOWN = 20;

export const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");

const settled = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const committed = (transaction) => new Promise((resolve, reject) => {
  transaction.oncomplete = () => resolve();
  transaction.onabort = () => reject(transaction.error);
});

export class Queue extends EventTarget {
  mode = "offline"; // until the server has answered
  first = null; // done when the server was asked once
  owner = null;
  state = null; // what /installer/state said last to this owner
  steps = []; // of this owner, in order
  foreign = 0; // steps of others on this phone

  constructor(org) {
    super();
    this.org = org;
  }

  async open() {
    const request = indexedDB.open(`installer ${this.org}`, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("steps", { keyPath: "id", autoIncrement: true });
      request.result.createObjectStore("kept");
    };
    this.db = await settled(request);
    this.owner = (await this.kept("owner")) ?? null;
    await this.#read();
    addEventListener("online", () => this.sync());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.sync(); });
    setInterval(() => { if (this.mode !== "online" || this.#next()) this.sync(); }, AGAIN);
    this.first = this.sync();
  }

  kept(key) {
    return settled(this.db.transaction("kept").objectStore("kept").get(key));
  }

  keep(key, value) {
    const transaction = this.db.transaction("kept", "readwrite");
    transaction.objectStore("kept").put(value, key);
    return committed(transaction);
  }

  // Keeps steps, all or none, in place of those with the ids in `instead`.
  async add(steps, instead = []) {
    await this.#write((store) => {
      instead.forEach((id) => store.delete(id));
      for (const step of steps) store.add({ ...step, owner: this.owner, key: newId(), status: "waiting" });
    });
    this.sync();
  }

  // A claim takes along what was to be done with its device.
  async discard(step) {
    const gone = step.kind === "claim" ? this.steps.filter(({ job, status }) => job === step.job && status !== "sent") : [step];
    await this.#write((store) => gone.forEach(({ id }) => store.delete(id)));
    this.sync();
  }

  // One tab of a browser sends at a time; what is asked for meanwhile is done afterwards.
  async sync() {
    this.asked = true;
    if (this.syncing) return;
    this.syncing = true;
    try {
      while (this.asked) {
        this.asked = false;
        const work = () => this.#send();
        await (navigator.locks ? navigator.locks.request(`installer ${this.org}`, work) : work());
      }
    } finally {
      this.syncing = false;
    }
  }

  async #send() {
    let changed = false;
    if (!(await this.#ask())) return;
    for (let step = this.#next(); step; step = this.#next()) {
      const outcome = await this.#try(step);
      if (outcome.is === "later") break;
      if (outcome.is === "login") return this.#turn("login");
      changed = true;
      await this.#settle(step, outcome);
    }
    if (changed) await this.#ask();
  }

  async #try(step) {
    try {
      return await send(this.org, step, this.state.csrf);
    } catch (error) {
      // No connection, or it broke: whether the server got the step is asked again under the same key.
      if (!(error instanceof TypeError)) throw error;
      this.#turn("offline");
      return { is: "later" };
    }
  }

  // Who is signed in, and what there is; false when nothing can be sent.
  async #ask() {
    let response;
    try {
      response = await fetch(`/orgs/${this.org}/installer/state`, { headers: { Accept: "application/json" }, cache: "no-store" });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.#turn("offline");
      return false;
    }
    if (response.status === 401) this.#turn("login");
    else if (response.status === 403 || response.status === 404) this.#turn("denied");
    if (!response.ok) return false;
    const { csrf, ...state } = await response.json();
    this.owner = state.who.id;
    await this.keep("owner", this.owner);
    // The token is of this session and is not kept.
    await this.keep(`state ${this.owner}`, state);
    await this.#read();
    this.state = { ...state, csrf };
    this.#turn("online");
    return true;
  }

  #next() {
    const blocked = new Set();
    for (const step of this.steps) {
      if (step.status === "refused") blocked.add(step.job);
      if (step.status === "waiting" && !blocked.has(step.job) && isReady(step)) return step;
    }
    return null;
  }

  async #settle(step, { is, reason, body }) {
    const changed = [{ ...step, status: is, reason, blob: is === "sent" ? undefined : step.blob }];
    const [unit] = body?.inventory_added?.concat(body.inventory_duplicated ?? []) ?? [];
    if (step.kind === "claim" && unit) {
      changed[0].unit = unit;
      for (const other of this.steps) {
        if (other.job === step.job && other.id !== step.id) changed.push({ ...other, data: { ...other.data, mac: unit.mac } });
      }
    }
    const old = this.steps.filter(({ status }) => status === "sent").slice(0, -SHOWN);
    await this.#write((store) => {
      changed.forEach((one) => store.put(one));
      old.forEach(({ id }) => store.delete(id));
    });
  }

  async #write(work) {
    const transaction = this.db.transaction("steps", "readwrite");
    work(transaction.objectStore("steps"));
    await committed(transaction);
    await this.#read();
  }

  async #read() {
    const all = await settled(this.db.transaction("steps").objectStore("steps").getAll());
    this.steps = all.filter(({ owner }) => owner === this.owner);
    this.foreign = all.filter(({ owner, status }) => owner !== this.owner && status !== "sent").length;
    const csrf = this.state?.csrf;
    if (this.owner) this.state = { ...(await this.kept(`state ${this.owner}`)), csrf };
    this.dispatchEvent(new Event("change"));
  }

  #turn(mode) {
    this.mode = mode;
    this.dispatchEvent(new Event("change"));
  }
}
