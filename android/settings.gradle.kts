// For Android Studio. Not run on the machine that tests this repository (no Gradle and no NDK there): the Maven build beside it is.
pluginManagement { repositories { google(); mavenCentral(); gradlePluginPortal() } }
dependencyResolutionManagement {
    repositoriesMode.set(RepositoriesMode.FAIL_ON_PROJECT_REPOS)
    repositories { google(); mavenCentral() }
}
rootProject.name = "curtain"
include(":kit", ":ui", ":app")
