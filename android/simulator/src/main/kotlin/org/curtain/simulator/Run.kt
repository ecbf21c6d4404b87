package org.curtain.simulator

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.requiredSize
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.produceState
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.DpSize
import androidx.compose.ui.unit.dp
import androidx.compose.ui.window.Window
import androidx.compose.ui.window.WindowPosition
import androidx.compose.ui.window.application
import androidx.compose.ui.window.rememberWindowState
import java.awt.GraphicsEnvironment
import java.io.File
import java.nio.file.Files
import java.nio.file.Path
import java.time.LocalTime
import java.time.ZoneId
import java.util.Locale
import kotlin.system.exitProcess
import kotlinx.coroutines.delay
import org.curtain.ui.CurtainRoot
import org.curtain.ui.fixtures.View

private const val TITLE = "Curtain simulator · keys in files, not a phone's"
private const val BEZEL = 12
private const val TITLE_BAR = 40
private const val SECOND_MS = 1_000L
private const val USAGE = "run [--home DIR] [--lang en|es] [--dark] [--headless OUT]"

/** The app in a window, or its call-back story without one: see android/simulator/run. */
fun main(arguments: Array<String>) {
    var home: Path? = null
    var out: File? = null
    var view = View(language = Locale.getDefault().language)
    val words = arguments.iterator()
    while (words.hasNext()) {
        val word = words.next()
        when {
            word == "--dark" -> view = view.copy(dark = true)
            word == "--home" && words.hasNext() -> home = Path.of(words.next()).toAbsolutePath()
            word == "--headless" && words.hasNext() -> out = File(words.next())
            word == "--lang" && words.hasNext() -> view = view.copy(language = words.next())
            else -> {
                System.err.println(USAGE)
                exitProcess(2)
            }
        }
    }
    val folder = home ?: Files.createTempDirectory("curtain-simulator").also { made -> Runtime.getRuntime().addShutdownHook(Thread { made.toFile().deleteRecursively() }) }
    Simulated(folder, view.language, ::println).use { phone ->
        val pictures = out
        if (pictures == null) window(phone, view) else {
            Story(phone, view, pictures).tell()
            println("pictures of the call-back story in $pictures")
        }
    }
    exitProcess(0)
}

/** Returns when the window was closed. A window that is minimised is an app that was left: it locks. */
private fun window(phone: Simulated, view: View) = application(exitProcessOnExit = false) {
    val scale = fitting(view)
    val size = DpSize(((view.width + 2 * BEZEL) * scale).dp, ((view.height + 2 * BEZEL) * scale + TITLE_BAR).dp)
    val state = rememberWindowState(size = size, position = WindowPosition(Alignment.Center))
    Window(::exitApplication, state, title = TITLE, resizable = false) {
        LaunchedEffect(state.isMinimized) {
            if (state.isMinimized) phone.shell.suspend()
            while (!state.isMinimized) {
                phone.shell.tick()
                delay(SECOND_MS)
            }
        }
        val density = LocalDensity.current
        CompositionLocalProvider(LocalDensity provides Density(density.density * scale, density.fontScale)) { Bezel(phone, view) }
    }
}

@Composable
private fun Bezel(phone: Simulated, view: View) {
    val time by produceState(clock()) {
        while (true) {
            delay(SECOND_MS)
            value = clock()
        }
    }
    Box(Modifier.fillMaxSize().background(Color.Black), Alignment.Center) {
        Box(Modifier.padding(BEZEL.dp).requiredSize(view.width.dp, view.height.dp).clip(RoundedCornerShape(28.dp))) {
            Phone(view, ZoneId.systemDefault(), still = false, time) { CurtainRoot(phone.shell, DesktopDevice::decode) }
        }
    }
}

private fun clock(): String = "%tR".format(LocalTime.now())

/** 1, or less where the screen is lower than a phone is high. */
private fun fitting(view: View): Float {
    val room = GraphicsEnvironment.getLocalGraphicsEnvironment().maximumWindowBounds.height - TITLE_BAR
    return (room.toFloat() / (view.height + 2 * BEZEL)).coerceIn(.4f, 1f)
}
