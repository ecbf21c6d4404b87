package org.curtain.simulator

import androidx.compose.runtime.Composable

/** A screen that can be drawn and tested: how it is shown, and its content with the fixtures of a language. */
class Drawn(val view: View = View(), val content: @Composable (Fixtures) -> Unit)

/** All of them by name; each part adds its own. */
val screens: Map<String, Drawn> = sketches + nightScreens + composerScreens + taskScreens + leavingScreens
