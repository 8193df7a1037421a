/** The viewer over the whole screen; where a browser has no full screen, over the whole page. */

/** Goes there, or comes back from there. Returns whether it went. */
export async function toggleFullScreen(viewer: HTMLElement): Promise<boolean> {
  if (document.fullscreenElement === viewer || fillsPage(viewer)) {
    await leaveFullScreen(viewer);
    return false;
  }
  try {
    await viewer.requestFullscreen();
  } catch {
    viewer.classList.add("fills"); // phones without it
  }
  return true;
}

export async function leaveFullScreen(viewer: HTMLElement): Promise<void> {
  viewer.classList.remove("fills");
  if (document.fullscreenElement) await document.exitFullscreen();
}

export const fillsPage = (viewer: HTMLElement): boolean => viewer.classList.contains("fills");
