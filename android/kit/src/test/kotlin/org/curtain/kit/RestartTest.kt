package org.curtain.kit

import java.nio.file.Path
import java.util.concurrent.TimeUnit.SECONDS
import kotlin.io.path.writeText
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** The process is killed after each step of the day; the next one finds everything as it was. */
class RestartTest {
    @TempDir lateinit var home: Path

    private fun start(step: String): Process = ProcessBuilder(
        "${System.getProperty("java.home")}/bin/java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
        "-Djna.library.path=${System.getProperty("jna.library.path")}",
        "-cp", System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path"),
        "org.curtain.kit.RestartStepsKt", "$home", step,
    ).redirectErrorStream(true).start()

    private fun run(step: String) {
        val process = start(step)
        val said = process.inputStream.readAllBytes().decodeToString()
        assertTrue(process.waitFor(60, SECONDS))
        assertEquals(KILLED, process.exitValue(), "$step: $said")
        assertTrue(said.endsWith("done $step\n"), "$step: $said")
    }

    @Test
    fun `a day whose process is killed after every step comes to its receipt`() {
        val day = RestartSteps(home, Phone(home)).all.keys.takeWhile { it != "save until killed" }
        assertEquals(13, day.size)
        day.forEach(::run)
    }

    @Test
    fun `a process killed at any moment while saving has lost nothing that it said was saved`() {
        listOf("request", "enrol", "deliver").forEach(::run)
        val said = ArrayList<String>()
        for (enough in listOf(20, 7, 33)) {
            val process = start("save until killed")
            val lines = process.inputStream.bufferedReader()
            repeat(enough) { said += lines.readLine().removePrefix("saved ") }
            // Not destroyForcibly: that would close our end of the pipe with what is still in it.
            ProcessBuilder("kill", "-9", "${process.pid()}").start().waitFor()
            // What it said between our count and the kill counts too; a line that was cut was never said.
            val rest = lines.readText()
            said += rest.substringBeforeLast('\n', "").lines().filter(String::isNotEmpty).map { it.removePrefix("saved ") }
            assertTrue(process.waitFor(60, SECONDS))
            assertEquals(KILLED, process.exitValue())
            home.resolve("saved").writeText(said.joinToString("\n"))
            run("nothing saved is lost")
        }
    }

    private companion object {
        /** 128 and the number of SIGKILL. */
        const val KILLED = 137
    }
}
