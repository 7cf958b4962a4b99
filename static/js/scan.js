// Claim codes through the camera, where the browser reads QR codes by itself (BarcodeDetector).
// Inside [data-scan]: data-scan-start, data-scan-stop, data-scan-video, data-scan-said. Sends `scanned` events
// with { code } in `detail`; a code is sent once for each time the camera is started.
const CODE = /(?:^|[^A-Z0-9])([A-Z0-9]{5}-?[A-Z0-9]{5}-?[A-Z0-9]{5})(?![A-Z0-9])/;
const EVERY = 200; // milliseconds
let running = null;

export const codeIn = (text) => CODE.exec(text.trim().toUpperCase())?.[1] ?? null;

// Shows the buttons in browsers that have both; everywhere else codes are typed or pasted.
export async function offer(box) {
  if (!navigator.mediaDevices?.getUserMedia || !("BarcodeDetector" in window)) return;
  const formats = await BarcodeDetector.getSupportedFormats();
  if (formats.includes("qr_code")) box.hidden = false;
}

function say(box, text) {
  box.querySelector("[data-scan-said]").textContent = text;
}

function show(box, on) {
  box.querySelector("[data-scan-start]").hidden = on;
  box.querySelector("[data-scan-stop]").hidden = !on;
  box.querySelector("[data-scan-video]").hidden = !on;
}

export async function start(box) {
  stop();
  const video = box.querySelector("[data-scan-video]");
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    running = { box, stream, seen: new Set(), timer: null };
    video.srcObject = stream;
    await video.play();
  } catch (error) {
    stop();
    say(box, error.name === "NotAllowedError" ? "The camera is not allowed here. Type the code instead." : "No camera can be used. Type the code instead.");
    return;
  }
  show(box, true);
  say(box, "Hold the code of the device before the camera.");
  look(new BarcodeDetector({ formats: ["qr_code"] }), video, running);
}

async function look(detector, video, scan) {
  if (scan !== running) return;
  if (!scan.box.isConnected) return stop();
  let found = [];
  try {
    found = await detector.detect(video);
  } catch (error) {
    // The picture is not there yet, or not any more; the next look tells.
    if (error.name !== "InvalidStateError") throw error;
  }
  for (const { rawValue } of found) take(scan, rawValue);
  scan.timer = setTimeout(() => look(detector, video, scan), EVERY);
}

function take(scan, text) {
  const code = codeIn(text);
  if (!code) return say(scan.box, "This is no claim code.");
  if (scan.seen.has(code)) return;
  scan.seen.add(code);
  say(scan.box, `Read ${code}.`);
  scan.box.dispatchEvent(new CustomEvent("scanned", { bubbles: true, detail: { code } }));
}

export function stop() {
  if (!running) return;
  clearTimeout(running.timer);
  running.stream.getTracks().forEach((track) => track.stop());
  running.box.querySelector("[data-scan-video]").srcObject = null;
  show(running.box, false);
  running = null;
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-scan]");
  if (event.target.closest("[data-scan-start]")) start(box);
  if (event.target.closest("[data-scan-stop]")) stop();
});
// The window that held it is closed, or the page is put away: the light of the camera goes out.
document.addEventListener("close", stop, true);
addEventListener("pagehide", stop);
