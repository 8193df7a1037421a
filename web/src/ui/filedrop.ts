/** Files by button, by folder, or dragged anywhere onto the window. */

import { h } from "./dom.ts";
import { icon, type IconName } from "./icons.ts";

/** A file and its place in what was chosen: `study/series 1/0001.dcm`. */
export interface ChosenFile {
  name: string;
  file: File;
}

/** Two buttons, which are native file inputs of full size. */
export function filePicker(choose: (files: ChosenFile[]) => void): HTMLElement {
  return h(
    "div",
    { class: "picker" },
    input("Choose files", "file", false, choose),
    input("Choose a folder", "folder", true, choose),
  );
}

/** The same for one file of another kind. */
export function fileButton(label: string, choose: (file: File) => unknown): HTMLElement {
  const box = h("input", { type: "file" });
  box.addEventListener("change", () => {
    const file = box.files?.[0];
    box.value = "";
    if (file) void choose(file);
  });
  return h("label", { class: "btn file-btn" }, icon("file"), label, box);
}

function input(label: string, picture: IconName, folder: boolean, choose: (files: ChosenFile[]) => void): HTMLElement {
  const box = h("input", { type: "file", multiple: true, webkitdirectory: folder });
  box.addEventListener("change", () => {
    const files = [...(box.files ?? [])].map((file) => ({ name: file.webkitRelativePath || file.name, file }));
    box.value = ""; // so that choosing the same again is a change
    if (files.length > 0) choose(files);
  });
  return h("label", { class: folder ? "btn file-btn" : "btn go file-btn" }, icon(picture), label, box);
}

/**
 * The whole window takes files and folders while `welcome()`; says so in a layer over everything, which Esc takes away.
 * Returns what ends it. Files dropped when not welcome do nothing (the browser would open them), but on a field for files.
 */
export function windowDrop(
  words: string,
  welcome: () => boolean,
  drop: (files: ChosenFile[], unreadable: string[]) => void,
): () => void {
  const layer = h("div", { class: "drop-layer", hidden: true }, h("p", {}, icon("download"), words));
  const ended = new AbortController();
  const { signal } = ended;
  const show = (on: boolean): void => {
    layer.hidden = !on;
  };
  (document.querySelector("main") ?? document.body).append(layer);
  let dismissed = false;
  const isForField = ({ target }: DragEvent): boolean =>
    !welcome() && target instanceof HTMLInputElement && target.type === "file";
  const over = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files") || isForField(event)) return;
    event.preventDefault();
    const takes = welcome() && !dismissed;
    event.dataTransfer.dropEffect = takes ? "copy" : "none";
    show(takes);
  };
  addEventListener("dragenter", over, { signal });
  addEventListener("dragover", over, { signal });
  addEventListener(
    "dragleave",
    (event) => {
      if (event.relatedTarget !== null) return; // still within the window
      show(false);
      dismissed = false;
    },
    { signal },
  );
  addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || layer.hidden) return;
      dismissed = true;
      show(false);
    },
    { signal },
  );
  addEventListener(
    "drop",
    (event) => {
      if (!event.dataTransfer?.types.includes("Files") || isForField(event)) return;
      event.preventDefault();
      const takes = welcome() && !dismissed;
      show(false);
      dismissed = false;
      if (!takes) return;
      const unreadable: string[] = [];
      void droppedFiles(event.dataTransfer, unreadable).then((files) => {
        drop(files, unreadable);
      });
    },
    { signal },
  );
  return () => {
    ended.abort();
    layer.remove();
  };
}

/** All files, those in folders too. What can't be read goes into `unreadable`, by name. */
async function droppedFiles(data: DataTransfer, unreadable: string[]): Promise<ChosenFile[]> {
  const items = [...data.items].filter((item) => item.kind === "file");
  const loose = [...data.files];
  const entries = items.map((item) => item.webkitGetAsEntry()); // all at once: the list is emptied after the event
  const found = await Promise.all(
    entries.map((entry, place) => {
      const file = loose[place];
      return entry ? filesOf(entry, "", unreadable) : Promise.resolve(file ? [{ name: file.name, file }] : []);
    }),
  );
  return found.flat();
}

async function filesOf(entry: FileSystemEntry, folder: string, unreadable: string[]): Promise<ChosenFile[]> {
  const name = folder + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File | undefined>((resolve) => {
      (entry as FileSystemFileEntry).file(resolve, () => {
        resolve(undefined);
      });
    });
    if (!file) unreadable.push(name);
    return file ? [{ name, file }] : [];
  }
  const found: ChosenFile[] = [];
  const listing = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve) => {
      listing.readEntries(resolve, () => {
        unreadable.push(name);
        resolve([]);
      });
    });
    if (some.length === 0) return found;
    for (const each of some) found.push(...(await filesOf(each, `${name}/`, unreadable)));
  }
}
