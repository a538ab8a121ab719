// The browser's side of the form: it holds the chosen files and posts them. Files never travel through the circuit.

export function attach(form, page) {
  return new Composer(form, page);
}

class Composer {
  #form;
  #page;
  #files = new Map();
  #request = null;
  #listening = new AbortController();

  constructor(form, page) {
    this.#form = form;
    this.#page = page;
    const listen = (name, handler) => form.addEventListener(name, handler, { signal: this.#listening.signal });
    listen('change', event => this.#onChange(event));
    listen('dragover', event => this.#onDrag(event));
    listen('dragleave', event => this.#over(null, event));
    listen('drop', event => this.#onDrop(event));
    // A file that misses its place must not replace the page.
    for (const name of ['dragover', 'drop'])
      addEventListener(name, event => event.preventDefault(), { signal: this.#listening.signal });
  }

  /** Fetches files of this site into fields: field → address. */
  async choose(addresses) {
    await Promise.all(Object.entries(addresses).map(async ([field, address]) => {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(`${address} is missing (${answer.status}).`);
      const blob = await answer.blob();
      this.#take(field, new File([blob], address.split('/').pop(), { type: blob.type }));
    }));
  }

  remove(field) {
    const chosen = this.#files.get(field);
    if (chosen) URL.revokeObjectURL(chosen.url);
    this.#files.delete(field);
  }

  /** Posts the form; XMLHttpRequest because fetch tells nothing about an upload's progress. */
  submit(address, prompt, options) {
    const body = new FormData();
    // The texts first: what is wrong with them is known before the files have arrived.
    body.append('prompt', prompt ?? '');
    body.append('options', options);
    for (const [field, { file }] of this.#files) body.append(field, file, file.name);

    return new Promise(resolve => {
      const request = this.#request = new XMLHttpRequest();
      request.open('POST', address);
      request.setRequestHeader('X-Antiforgery', document.querySelector('meta[name=antiforgery]').content);
      request.setRequestHeader('Accept', 'application/json, application/problem+json');
      let told = 0;
      request.upload.onprogress = event => {
        if (!event.lengthComputable || (event.loaded < event.total && performance.now() - told < 250)) return;
        told = performance.now();
        this.#page.invokeMethodAsync('Uploaded', Math.floor(100 * event.loaded / event.total));
      };
      request.onload = () => resolve(read(request));
      request.onerror = () => resolve({
        status: 0, title: 'The server was not reached.', detail: 'Look at your connection and try again; the list of jobs shows whether it was accepted.',
      });
      request.onabort = () => resolve({ status: 0, title: 'The upload was stopped.', detail: 'Nothing was queued.' });
      request.send(body);
    });
  }

  /** Leads the person to the first field that is wrong. */
  reveal() {
    const field = this.#form.querySelector('[aria-invalid=true]');
    field?.focus({ preventScroll: true });
    (field?.closest('[data-drop]') ?? field)?.scrollIntoView({ block: 'center' });
  }

  dispose() {
    this.#listening.abort();
    this.#request?.abort();
    for (const field of [...this.#files.keys()]) this.remove(field);
  }

  #onChange(event) {
    const input = event.target;
    if (input.type !== 'file' || !input.files.length) return;
    this.#take(input.dataset.field, input.files[0]);
    // So that the same file can be chosen again after it was removed.
    input.value = '';
  }

  #onDrag(event) {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    this.#over(event.target.closest('[data-drop]'), event);
  }

  #onDrop(event) {
    event.preventDefault();
    this.#over(null, event);
    const place = event.target.closest('[data-drop]');
    const file = event.dataTransfer.files[0];
    const waiting = place?.querySelector('input[type=file]')?.disabled;
    if (place && file && !waiting) this.#take(place.dataset.drop, file);
  }

  #over(place, event) {
    if (event.type === 'dragleave' && this.#form.contains(event.relatedTarget) && event.relatedTarget.closest?.('[data-drop]')) return;
    for (const other of this.#form.querySelectorAll('[data-over]')) if (other !== place) delete other.dataset.over;
    if (place) place.dataset.over = '';
  }

  #take(field, file) {
    this.remove(field);
    const url = URL.createObjectURL(file);
    this.#files.set(field, { file, url });
    this.#page.invokeMethodAsync('Chose', field, { name: file.name, size: file.size, url });
  }
}

function read(request) {
  let body = {};
  try {
    body = JSON.parse(request.responseText);
  } catch {
    // A proxy's page, for instance.
  }

  if (request.status === 202) return { status: 202, id: body.id };
  if (request.status === 401) return { status: 401, title: 'You are signed out.', detail: 'Open a fresh sign-in link, then come back.' };
  return {
    status: request.status,
    title: body.title ?? 'The server could not take it.',
    detail: body.detail ?? `It answered ${request.status}.`,
    errors: body.errors,
  };
}
