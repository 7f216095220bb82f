// Answers on this device that the site has not confirmed yet; they outlive a closed tab, a dead line, an expired session.
// Marks of attendance are kept alike: `attempt` is then the session, `question` the person, `address` where they go.
// A person's answers are sent under her own session alone. Where the browser keeps nothing, everything here says so.

const NAME = "answers";
const STORE = "outbox";

let opening = null;

function open() {
  opening ??= new Promise((resolve) => {
    try {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: ["attempt", "question", "event"] });
      request.onsuccess = () => resolve(request.result);
      request.onerror = request.onblocked = () => resolve(null);
    } catch {
      resolve(null); // no IndexedDB, as in some private windows
    }
  });
  return opening;
}

/** Do something with the store; resolves with what it gives, or null where the browser keeps nothing. */
async function within(mode, act) {
  const database = await open();
  if (!database) return null;
  return new Promise((resolve) => {
    try {
      const transaction = database.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request?.result ?? true);
      transaction.onabort = transaction.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

/** Name a sending: a UUID also where the page is not served over TLS, as on an office's own network. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Keep an answer in place of earlier ones to its question; resolves with whether it is kept. */
export async function keep(entry) {
  const earlier = (await list(entry.person)).filter(
    (other) => other.attempt === entry.attempt && other.question === entry.question,
  );
  const kept = await within("readwrite", (store) => {
    for (const other of earlier) store.delete([other.attempt, other.question, other.event]);
    store.put(entry);
  });
  return kept !== null;
}

/** List a person's answers, the earliest first. */
export async function list(person) {
  const all = await within("readonly", (store) => store.getAll());
  return Array.isArray(all) ? all.filter((entry) => entry.person === person).sort((a, b) => a.at - b.at) : [];
}

/** Forget an answer, once the site has it or takes it no more. */
export function forget(entry) {
  return within("readwrite", (store) => void store.delete([entry.attempt, entry.question, entry.event]));
}

/** Send an answer under the session of this page; resolves with the response, or null without a line. */
export async function send(entry, token) {
  const body = new URLSearchParams(entry.fields);
  const about = { csrf_token: token, event_id: entry.event, sequence: entry.sequence, shown_in: entry.language, only: entry.question };
  for (const [name, value] of Object.entries(about)) if (value !== undefined) body.set(name, value);
  try {
    return await fetch(entry.address ?? `/attempts/${entry.attempt}/responses`, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      redirect: "manual",
    });
  } catch {
    return null;
  }
}
