// A service in Node that calls a bank, with Node's own library alone. docs/services.md says what it does.
//
//   node bank.mjs read APPLICATION INSTITUTION    what it needs to call the bank
//   node bank.mjs follow                          each change, as it comes
//   node bank.mjs call SOCKET URL                 the bank, through sealkeeper egress
//   node bank.mjs files DIR URL                   the bank, with the files of sealkeeper agent
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

// ask asks /v1. The file with the token is read each time, so that a token is replaced without a restart.
async function ask(operation, query, accept = "application/json", signal = AbortSignal.timeout(45_000)) {
  const token = fs.readFileSync(process.env.SK_TOKEN_FILE, "utf8").trim();
  const answer = await fetch(`${process.env.SK_SERVER}/v1${operation}?${new URLSearchParams(query)}`, {
    headers: { Authorization: `Bearer ${token}`, Accept: accept },
    signal,
  });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  const error = new Error(`${answer.status} ${problem.code}: ${problem.detail}`);
  error.final = answer.status === 401 || answer.status === 403; // waiting does not help
  error.after = 1000 * Number(answer.headers.get("Retry-After") ?? 0);
  throw error;
}

async function read(application, institution) {
  const configuration = await (await ask("/tls/lookup", { application, institution })).json();
  console.log("version", configuration.version, configuration.transport.sha256);
}

// listen reads one stream to its end. Every 15 seconds there is a comment: 45 seconds without a byte are a dead
// connection.
async function listen(state) {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), 45_000);
  try {
    const query = state.cursor ? { cursor: state.cursor } : {};
    const stream = await ask("/tls/events", query, "text/event-stream", silence.signal);
    const decoder = new TextDecoder();
    let text = "";
    for await (const bytes of stream.body) {
      timer.refresh();
      text += decoder.decode(bytes, { stream: true });
      for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
        const event = Object.fromEntries(text.slice(0, end).split("\n").map((line) => line.split(/: (.*)/)));
        if (!event.event) continue; // a comment
        const data = JSON.parse(event.data);
        if (event.event === "synced") state.cursor = data.cursor; // everything before it has been dealt with
        else console.log(event.event, data.registration_id, data.version);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

async function follow() {
  const state = { cursor: "" };
  for (let bound = 500; ; bound = Math.min(2 * bound, 30_000)) {
    const began = Date.now();
    let after = 0;
    try {
      await listen(state);
    } catch (error) {
      if (error.final) throw error;
      after = error.after ?? 0;
    }
    if (Date.now() - began > 60_000) bound = 500;
    await pause(Math.max(after, Math.random() * bound));
  }
}

// call calls the bank through sealkeeper egress, which speaks TLS with it.
function call(socketPath, address) {
  const url = new URL(address);
  const request = http.request({
    socketPath,
    path: url.pathname + url.search,
    headers: { Host: url.host, "Sealkeeper-Sign": "ais" },
    timeout: 60_000,
  });
  request.on("timeout", () => request.destroy(new Error("the bank does not answer")));
  request.on("response", (answer) => console.log("status", answer.resume().statusCode));
  request.end();
}

function files(folder, address) {
  const file = (name) => fs.readFileSync(path.join(folder, "current", name));
  const agent = new https.Agent({ cert: file("chain.pem"), key: file("key.pem"), ca: file("ca.pem") });
  https.get(address, { agent, timeout: 60_000 }, (answer) => console.log("status", answer.resume().statusCode));
}

await { read, follow, call, files }[process.argv[2]](...process.argv.slice(3));
