// What the small model that ships is good at: a function whose comment says what it does, at a place
// where the model is sure of the rest of the line.

import { clickWord } from "./editor.mjs";

export const SUGGESTED = `/// \`find_reading\` takes \`n\` and bounds it by 5 below and 17 above, then decreases it by 9.
public function find_reading takes n of type i64 returns i64 begin
    let step be n calling clamp
    step minus 9
end function
`;

/** Types at the place where the model is sure. */
export async function askModel(page) {
  await clickWord(page, 0, "clamp");
  await page.keyboard.press("End");
  await page.keyboard.press("Shift+Home");
  await page.keyboard.type("let step be n calling clamp ", { delay: 30 });
}

/** Returns how many pieces of ghost text the page shows. */
export function ghosts(page) {
  return page.locator(".ghost-text-decoration").count();
}
