/** The middle picture of what is to be sent, to see that it is the right one. */

import { beginning, isRemote } from "../../remoteFile.ts";
import { fill, h } from "../../ui/dom.ts";
import { dateOf, type Images, titleOf } from "./images.ts";

const SIDE = 640; // px
const MOST = 64 << 20; // bytes of a file that is fetched for its picture

export class Preview {
  readonly element = h("figure", { class: "card film preview", id: "preview", hidden: true });
  #shown: Images | undefined;
  #url = "";

  /** Without images: nothing. */
  async show(images: Images | undefined): Promise<void> {
    if (images === this.#shown) return;
    this.#shown = images;
    URL.revokeObjectURL(this.#url);
    this.element.hidden = true;
    fill(this.element);
    if (!images) return;
    const picture = await this.#picture(images).catch(() => undefined); // no preview of some kinds
    if (this.#shown !== images || !picture) return;
    const words = h("figcaption", {}, h("b", {}, titleOf(images)), h("span", {}, dateOf(images)));
    fill(this.element, picture, words);
    this.element.hidden = false;
  }

  async #picture({ files, metadata }: Images): Promise<HTMLElement | undefined> {
    const label = "Preview of the images";
    const middle = metadata.middle === undefined ? undefined : files[metadata.middle];
    if (middle && middle.file.size > MOST && isRemote(middle.file)) return undefined;
    if (middle) {
      const { thumbnail } = await import("../../dicom/thumbnail.ts");
      const drawn = await thumbnail(await beginning(middle.file, MOST), SIDE);
      drawn.setAttribute("role", "img");
      drawn.setAttribute("aria-label", `${label}: the middle one`);
      return drawn;
    }
    const photo = files.find(({ name }) => /\.(png|jpe?g)$/i.test(name));
    if (!photo || isRemote(photo.file)) return undefined;
    this.#url = URL.createObjectURL(photo.file);
    const image = h("img", { src: this.#url, alt: label });
    await image.decode();
    return image;
  }
}
