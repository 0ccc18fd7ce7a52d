/**
 * Colours of the page's style for what is drawn on canvases.
 *
 * @module
 */

/**
 * Reads colours as a canvas knows them, in the theme of the moment: `var(--line)`.
 *
 * @param parent where in the page they shall hold
 */
export const colourIn =
  (parent: HTMLElement) =>
  (name: string): string => {
    const probe = document.createElement("span");
    probe.style.color = name;
    parent.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
