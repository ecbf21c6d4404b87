package org.curtain.app

import java.io.File
import javax.xml.parsers.DocumentBuilderFactory
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.w3c.dom.Element

/** The promises that the manifest and its rules make, read from the files that go into the APK. */
class ManifestTest {
    private val main = File(System.getProperty("curtain.app"), "src/main")

    /** With package and SDK levels, beside the table that it was linked into. */
    private val manifest = parse(File(System.getProperty("curtain.base.apk")).resolveSibling("AndroidManifest.xml"))
    private val application = manifest.all("application").single()

    @Test
    fun no_permission_reaches_a_network() {
        val asked = manifest.all("uses-permission").map { it.android("name").substringAfterLast('.') }.toSet()
        assertEquals(setOf("USE_BIOMETRIC", "CAMERA", "POST_NOTIFICATIONS"), asked)
    }

    @Test
    fun nothing_is_exported_but_the_launcher_and_the_sealed_share() {
        val exported = listOf("activity", "service", "receiver", "provider").flatMap { manifest.all(it) }
            .onEach { assertTrue(it.android("name"), it.android("exported").isNotEmpty()) }
            .filter { it.android("exported") == "true" }.map { it.android("name") }
        assertEquals(listOf(".MainActivity", ".ReceiveActivity"), exported)
        val share = manifest.all("activity").single { it.android("name") == ".ReceiveActivity" }
        assertEquals(listOf("android.intent.action.SEND"), share.all("action").map { it.android("name") })
        assertEquals(
            setOf("application/jose", "application/jose+json", "application/octet-stream"),
            share.all("data").map { it.android("mimeType") }.toSet(),
        )
    }

    @Test
    fun the_service_is_the_systems_to_call() {
        assertEquals(listOf("android.permission.BIND_JOB_SERVICE"), manifest.all("service").map { it.android("permission") })
    }

    @Test
    fun no_backup_and_no_transfer_takes_anything() {
        assertEquals("false", application.android("allowBackup"))
        assertEquals("@xml/full_backup_content", application.android("fullBackupContent"))
        assertEquals("@xml/data_extraction_rules", application.android("dataExtractionRules"))
        val places = setOf("root", "file", "database", "sharedpref", "external", "device_root", "device_file", "device_database", "device_sharedpref")
        val parts = listOf(parse("res/xml/full_backup_content.xml")) +
            parse("res/xml/data_extraction_rules.xml").run { all("cloud-backup") + all("device-transfer") }
        assertEquals(3, parts.size)
        parts.forEach { part ->
            assertEquals(places, part.all("exclude").map { it.getAttribute("domain") }.toSet())
            assertTrue(part.all("exclude").all { it.getAttribute("path") == "." })
            assertTrue(part.all("include").isEmpty())
        }
    }

    @Test
    fun the_app_is_for_28_to_35_and_needs_no_camera() {
        val sdk = manifest.all("uses-sdk").single()
        assertEquals("28" to "35", sdk.android("minSdkVersion") to sdk.android("targetSdkVersion"))
        val gradle = File(System.getProperty("curtain.app"), "build.gradle.kts").readText()
        listOf("minSdk = 28", "targetSdk = 35", "namespace = \"${manifest.getAttribute("package")}\"").forEach { assertTrue(it, it in gradle) }
        assertTrue(manifest.all("uses-feature").all { it.android("required") == "false" })
        assertTrue(manifest.all("uses-feature").isNotEmpty())
    }

    @Test
    fun managed_configuration_has_the_keys_that_are_read() {
        val keys = parse("res/xml/app_restrictions.xml").all("restriction").map { it.android("key") }.toSet()
        assertEquals(setOf("documents", "idle_lock_seconds", "no_biometry"), keys)
    }

    @Test
    fun every_string_is_there_in_spanish() {
        fun names(file: String) = parse(file).run { all("string") + all("plurals") }.map { it.getAttribute("name") }.toSet()
        assertEquals(names("res/values/strings.xml"), names("res/values-es/strings.xml"))
    }

    private fun parse(file: String): Element = parse(File(main, file))

    private fun parse(file: File): Element = DocumentBuilderFactory.newInstance().apply { isNamespaceAware = true }
        .newDocumentBuilder().parse(file).documentElement

    private fun Element.all(tag: String): List<Element> =
        getElementsByTagName(tag).let { found -> (0 until found.length).map { found.item(it) as Element } }

    private fun Element.android(name: String): String = getAttributeNS("http://schemas.android.com/apk/res/android", name)
}
